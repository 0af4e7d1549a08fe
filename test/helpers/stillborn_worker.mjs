// What a pool under test runs: a worker that ends before it takes its first cell.
process.exit(7);
