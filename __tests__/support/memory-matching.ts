/** Whether a resource carries all of these labels; null: whatever its value. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string | null>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    value === null ? labels[key] !== undefined : labels[key] === value,
  );
}

/** Whether two IPv4 subnets (CIDR) have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a.first <= b.last && b.first <= a.last;
}

function range(cidr: string): { readonly first: number; readonly last: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}
