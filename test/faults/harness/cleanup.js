const undoings = new Set();

/** What is to be undone when the suite ends, however it does; must be synchronous. Returns how to do it early. */
export function atEnd(undo) {
  undoings.add(undo);
  return () => {
    if (undoings.delete(undo)) undo();
  };
}

process.on('exit', () => {
  for (const undo of undoings) {
    try {
      undo();
    } catch {
      // The others are to be undone all the same.
    }
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
