/**
 * The CRC-32 of two pieces of content one after the other, from those of the pieces and the length of the second.
 *
 * The register is a polynomial over GF(2) whose highest power is the lowest bit. Zero bytes behind the first piece
 * multiply it by x^8 each; the inversions at both ends cancel each other out.
 */
export function combineCrc32(first: number, second: number, secondByteLength: number): number {
  return (multiply(powerOfX(secondByteLength), first) ^ second) >>> 0;
}

/** x^(8 · byteLength), by the binary digits of the length. */
function powerOfX(byteLength: number): number {
  let power = ONE;
  let square = X_TO_8;
  // Lengths may have more than 32 bits.
  for (let left = byteLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

/** The product modulo the polynomial of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = (shifted >>> 1) ^ (POLYNOMIAL & -(shifted & 1));
  }
  return product;
}

const ONE = 0x80000000;
const X_TO_8 = ONE >>> 8;
const POLYNOMIAL = 0xedb88320;
