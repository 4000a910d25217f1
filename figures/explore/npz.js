// A sample as dynamics.files writes it: a zip archive of stored members, each a .npy array of version 1.0.
"use strict";
globalThis.npz = (members) => {
  const table = Uint32Array.from({ length: 256 }, (_, k) => { for (let b = 0; b < 8; b++) k = k & 1 ? (k >>> 1) ^ 0xedb88320 : k >>> 1; return k; });
  const crc = (bytes) => { let c = 0xffffffff; for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
  const encode = (text) => new TextEncoder().encode(text), parts = [], directory = [];
  const pack = (...fields) => {
    const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
    let at = 0;
    for (const [size, v] of fields) { view[`setUint${8 * size}`](at, v, true); at += size; }
    return new Uint8Array(view.buffer);
  };
  let offset = 0;
  const add = (bytes, into = parts) => { into.push(bytes); if (into === parts) offset += bytes.length; };
  for (const [name, type, shape, values] of members) {
    let header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
    header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
    const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength), title = encode(`${name}.npy`), start = offset;
    const bytes = new Uint8Array(10 + header.length + body.length);
    bytes.set([0x93, ...encode("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
    bytes.set(encode(header), 10);
    bytes.set(body, 10 + header.length);
    const common = [[2, 20], [2, 0], [2, 0], [2, 0], [2, 33], [4, crc(bytes)], [4, bytes.length], [4, bytes.length], [2, title.length], [2, 0]];
    add(pack([4, 0x04034b50], ...common));
    add(title);
    add(bytes);
    add(pack([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, start]), directory);
    add(title, directory);
  }
  const size = directory.reduce((sum, bytes) => sum + bytes.length, 0);
  return new Blob([...parts, ...directory, pack([4, 0x06054b50], [2, 0], [2, 0], [2, members.length], [2, members.length], [4, size], [4, offset], [2, 0])]);
};
