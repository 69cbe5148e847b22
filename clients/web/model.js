/**
 * Predict with the CNN in plain JavaScript: no library, one to two milliseconds a drawing.
 *
 * The layout of weights.bin and head.bin is that of docs/architecture.md: little-endian float32 in
 * Keras's order, without a header.
 */

export const SIDE = 28;
const FIRST = 32; // filters of the first convolution
const SECOND = 64; // filters of the second
const POOLED = 13; // the side of a map after the first pool: (28 - 2) / 2
const LAST = 5; // after the second: (13 - 2) / 2, rounded down
export const FEATURES = LAST * LAST * SECOND;

/** The layers before the head, in the file's order, with the number of their weights. */
const BACKBONE = [
  ["kernel1", 9 * FIRST],
  ["bias1", FIRST],
  ["kernel2", 9 * FIRST * SECOND],
  ["bias2", SECOND],
];
const BACKBONE_WEIGHTS = BACKBONE.reduce((sum, [, size]) => sum + size, 0);

/**
 * Return a model from the bytes of weights.bin.
 *
 * @param {ArrayBuffer} bytes of the file.
 * @returns {{kernel1: Float32Array, bias1: Float32Array, kernel2: Float32Array,
 *   bias2: Float32Array, head: Float32Array, bias: Float32Array}} the weights; `bias` has one
 *   number for each class, `head` has FEATURES rows of as many.
 * @throws {RangeError} the file has another size than such a model.
 */
export function readWeights(bytes) {
  const weights = readFloats(bytes);
  const model = {};
  let start = 0;
  for (const [name, size] of BACKBONE) {
    model[name] = weights.subarray(start, (start += size));
  }
  return { ...model, ...splitHead(weights.subarray(Math.min(BACKBONE_WEIGHTS, weights.length))) };
}

/**
 * Return a model with the backbone of another one and the head in the bytes of head.bin.
 *
 * @param {object} model whose version has the same `backboneDigest`.
 * @param {ArrayBuffer} bytes of the file.
 * @throws {RangeError} the file has another size than a head.
 */
export function replaceHead(model, bytes) {
  return { ...model, ...splitHead(readFloats(bytes)) };
}

/**
 * Return the probability of each class.
 *
 * @param {object} model of `readWeights`.
 * @param {Uint8Array} drawing 784 bytes, row by row; 0 is paper, 255 is full ink.
 * @returns {Float32Array} one number for each class, within 1e-5 of what Keras computes.
 */
export function predict(model, drawing) {
  if (drawing.length !== SIDE * SIDE) {
    throw new RangeError(`a drawing has ${SIDE * SIDE} bytes, not ${drawing.length}`);
  }
  const pixels = Float32Array.from(drawing, (value) => value / 255);
  const maps = convolveAndPool(pixels, SIDE, 1, model.kernel1, model.bias1, POOLED);
  const features = convolveAndPool(maps, POOLED, FIRST, model.kernel2, model.bias2, LAST);
  return softmax(multiply(features, model.head, model.bias));
}

/**
 * Apply a 3 x 3 convolution, max pooling of 2 x 2, bias and ReLU.
 *
 * Bias and ReLU come after pooling: the result is the same, on a quarter of the values. Inputs that
 * are zero, most of them, are passed over. Eight sums are kept in local variables, which takes half
 * the time of sums in an array.
 *
 * @returns {Float32Array} `pooled` x `pooled` x outputs; the number of outputs divides by eight.
 */
function convolveAndPool(input, side, channels, kernel, bias, pooled) {
  const outputs = bias.length;
  const result = new Float32Array(pooled * pooled * outputs).fill(-Infinity);
  const values = new Float64Array(9 * channels);
  const places = new Int32Array(9 * channels);
  for (let row = 0; row < pooled * 2; row++) {
    for (let column = 0; column < pooled * 2; column++) {
      let count = 0;
      for (let y = 0; y < 3; y++) {
        // The three columns of a kernel's row are next to each other, in input and kernel alike.
        const from = ((row + y) * side + column) * channels;
        for (let i = 0; i < 3 * channels; i++) {
          if (input[from + i] === 0) continue;
          values[count] = input[from + i];
          places[count++] = (y * 3 * channels + i) * outputs;
        }
      }
      const to = ((row >> 1) * pooled + (column >> 1)) * outputs;
      for (let o = 0; o < outputs; o += 8) {
        let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        for (let i = 0; i < count; i++) {
          const value = values[i];
          const at = places[i] + o;
          a += value * kernel[at];
          b += value * kernel[at + 1];
          c += value * kernel[at + 2];
          d += value * kernel[at + 3];
          e += value * kernel[at + 4];
          f += value * kernel[at + 5];
          g += value * kernel[at + 6];
          h += value * kernel[at + 7];
        }
        const sums = [a, b, c, d, e, f, g, h];
        for (let k = 0; k < 8; k++) if (sums[k] > result[to + o + k]) result[to + o + k] = sums[k];
      }
    }
  }
  for (let i = 0; i < result.length; i++) result[i] = Math.max(result[i] + bias[i % outputs], 0);
  return result;
}

function multiply(features, head, bias) {
  const sums = Float64Array.from(bias);
  for (let i = 0; i < features.length; i++) {
    const value = features[i];
    if (value === 0) continue;
    for (let o = 0; o < sums.length; o++) sums[o] += value * head[i * sums.length + o];
  }
  return sums;
}

function softmax(logits) {
  const highest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return Float32Array.from(powers, (value) => value / sum);
}

function splitHead(weights) {
  const classes = weights.length / (FEATURES + 1);
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`a head of ${weights.length} weights fits no number of classes`);
  }
  return {
    head: weights.subarray(0, FEATURES * classes),
    bias: weights.subarray(FEATURES * classes),
  };
}

/** Return the numbers in bytes, whatever the byte order of the machine. */
function readFloats(bytes) {
  if (bytes.byteLength % 4) throw new RangeError(`${bytes.byteLength} bytes are no float32 numbers`);
  const view = new DataView(bytes);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
