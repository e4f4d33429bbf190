/** A line of the table; it holds when nothing was breached. */
export function rowOf({ name, watch, heal, lost, notes = '' }) {
  const { wrongAccepts, wrongRejections, faults, p99, longest, judged, told } = watch;
  return {
    name,
    wrongAccepts,
    wrongRejections,
    faults,
    p99,
    longest,
    judged,
    heal,
    lost,
    notes,
    breaches: told,
  };
}

/** For a fault that cannot be made here. */
export function skipped(name, why) {
  return { name, skipped: why, breaches: [] };
}
