"""What benches/run is made of: processes, data, servers, loads, rows and the report. The standard library only."""
