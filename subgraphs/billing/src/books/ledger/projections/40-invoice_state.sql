select format('The invoice %s shows %s paid and %s, %s credited, its payments and credit notes say %s and %s, %s.', s.invoice_id, s.paid, s.credited_net,
              s.credited_tax, coalesce(p.paid, 0), coalesce(n.net, 0), coalesce(n.tax, 0)) as problem
from billing.invoice_state s
left join (select invoice_id, sum(amount)::bigint as paid from billing.invoice_payment group by invoice_id) p on p.invoice_id = s.invoice_id
left join (select corrects_id, sum(net)::bigint as net, sum(tax)::bigint as tax from (
  select corrects_id, net, tax from billing.invoice where corrects_id is not null
  union all select invoice_id, net, tax from billing.credit_note_part where invoice_id is not null
) as taken group by corrects_id) n
  on n.corrects_id = s.invoice_id
where (s.paid, s.credited_net, s.credited_tax) is distinct from (coalesce(p.paid, 0), coalesce(n.net, 0), coalesce(n.tax, 0))
-- puts
update billing.invoice_state s
set paid = coalesce(p.paid, 0), credited_net = coalesce(n.net, 0), credited_tax = coalesce(n.tax, 0),
    paid_at = case when coalesce(p.paid, 0) = i.gross then coalesce(p.paid_at, i.issued_at) end
from billing.invoice i
left join (select invoice_id, sum(amount)::bigint as paid, max(paid_at) as paid_at from billing.invoice_payment group by invoice_id) p on p.invoice_id = i.id
left join (select corrects_id, sum(net)::bigint as net, sum(tax)::bigint as tax from (
  select corrects_id, net, tax from billing.invoice where corrects_id is not null
  union all select invoice_id, net, tax from billing.credit_note_part where invoice_id is not null
) as taken group by corrects_id) n
  on n.corrects_id = i.id
where s.invoice_id = i.id
  and (s.paid, s.credited_net, s.credited_tax) is distinct from (coalesce(p.paid, 0), coalesce(n.net, 0), coalesce(n.tax, 0))
