// Jest keeps a hundred frames of every error and maps each to its source. Here every refusal is an error, and what
// tests authorization makes tens of thousands: Node's own ten say as much.
Error.stackTraceLimit = 10;
