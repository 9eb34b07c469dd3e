// Loaded first by a daemon under test: a broken invariant on demand.
if (process.argv[1]?.includes('daemon') === true) {
  process.on('SIGWINCH', () => {
    throw new Error('broken invariant: on demand');
  });
}
