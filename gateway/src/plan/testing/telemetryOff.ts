// @apollo/gateway sends usage data to its vendor unless this is set when a gateway is made. Imported before it, for that effect alone.
process.env.APOLLO_TELEMETRY_DISABLED = '1';
