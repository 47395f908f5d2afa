// Pictures that the map cannot take from a font or a file: drawn here, pixel by pixel.

/** Give a square of slanted lines that repeats without a seam, for what was not tested. */
export function hatching(size = 12, colour = [96, 108, 120, 255], ground = [255, 255, 255, 235]) {
  const data = new Uint8ClampedArray(size * size * 4)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      data.set((x + y) % (size / 2) < 1.5 ? colour : ground, (y * size + x) * 4)
    }
  }
  return { width: size, height: size, data }
}

/** Give a diamond with a white edge, for an order. */
export function diamond(size = 22, colour = [27, 39, 51, 255]) {
  const data = new Uint8ClampedArray(size * size * 4)
  const middle = (size - 1) / 2
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const distance = Math.abs(x - middle) + Math.abs(y - middle)
      if (distance <= middle - 2.5) data.set(colour, (y * size + x) * 4)
      else if (distance <= middle) data.set([255, 255, 255, 255], (y * size + x) * 4)
    }
  }
  return { width: size, height: size, data }
}
