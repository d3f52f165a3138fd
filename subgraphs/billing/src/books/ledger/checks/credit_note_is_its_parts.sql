-- A credit note that takes back parts of several invoices is the sum of those parts, each at the rate of its invoice, and of the same profile.
select format('The credit note %s says %s net and %s tax, its parts %s and %s.', i.number, i.net, i.tax, p.net, p.tax) as problem
from billing.invoice i
join (select credit_note_id, sum(net) as net, sum(tax) as tax from billing.credit_note_part group by credit_note_id) p on p.credit_note_id = i.id
where i.net <> p.net or i.tax <> p.tax or i.kind <> 'CREDIT_NOTE' or i.corrects_id is not null
union all
select format('The credit note %s takes back a part of the invoice %s at another rate, or of another profile.', n.number, i.number)
from billing.credit_note_part p
join billing.invoice n on n.id = p.credit_note_id
join billing.invoice i on i.id = p.invoice_id
where i.kind <> 'INVOICE' or i.tax_basis_points <> p.tax_basis_points or i.profile_id <> n.profile_id
