/** The values that travel. */

/** Four fields, as a typical message has. */
export const fourFields = { id: 12345, name: 'reveille', active: true, score: 0.75 };

/** About 1 KiB as JSON: what a row or an event looks like. */
export const kilobyteObject = {
  id: '5f0c6a52-2f3b-4f0e-9c1d-8f7e6d5c4b3a',
  type: 'order.updated',
  version: 7,
  createdAt: '2024-03-01T12:34:56.789Z',
  customer: {
    id: 918273,
    name: 'Ada Example',
    email: 'ada@example.com',
    tags: ['returning', 'newsletter', 'priority'],
    address: { street: '12 Sample Street', city: 'Springfield', zip: '12345', country: 'US', geo: [40.7128, -74.006] },
  },
  items: Array.from({ length: 6 }, (_, index) => ({
    sku: `SKU-${1000 + index}`,
    title: `Product number ${index}`,
    quantity: index + 1,
    price: 9.99 + index,
    discounted: index % 2 === 0,
    note: null,
  })),
  totals: { net: 149.94, tax: 28.49, gross: 178.43, currency: 'USD' },
  flags: { paid: true, shipped: false, gift: false },
};

/** @param {number} size */
export function bytesOf(size) {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31;
  return bytes;
}
