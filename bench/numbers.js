export function mean(numbers) {
  return sum(numbers) / numbers.length;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : mean([sorted[middle - 1], sorted[middle]]);
}

export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
