/** The bench sends no mail and shows no page. */
export const NOWHERE = {
  mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'Bench <no-reply@bench.example>' },
  publicUrl: 'http://bench.localhost',
};
