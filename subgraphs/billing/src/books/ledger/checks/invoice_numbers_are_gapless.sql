-- Every series counts from 1 on without a gap, and its counter stands at the last number.
select format('The series %s counts to %s, has %s numbers and ends with %s.', s.series, s.last, coalesce(i.numbers, 0), coalesce(i.highest, 0)) as problem
from billing.invoice_series s
left join (select series, count(*) as numbers, max(sequence) as highest from billing.invoice group by series) i on i.series = s.series
where s.last <> coalesce(i.numbers, 0) or s.last <> coalesce(i.highest, 0)
