import { Column, type ColumnOptions } from 'typeorm';

/**
 * A moment, stored as epoch milliseconds and read as a `Date`. A database's own timestamp without zone would be
 * written in the zone of whichever process writes it, so two replicas in two zones would disagree on an expiry.
 */
export function InstantColumn(options: ColumnOptions & { name: string }): PropertyDecorator {
  return Column({ ...options, type: 'bigint', transformer: instant });
}

const instant = {
  to: (date: Date | null | undefined) => (date instanceof Date ? date.getTime() : date),
  from: (stored: string | number | null) => (stored === null ? null : new Date(Number(stored))),
};
