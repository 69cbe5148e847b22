export function renderStrokes() { throw new Error("later"); }
