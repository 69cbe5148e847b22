/** A pad to draw on with mouse, finger, pen or keyboard. */

import { PAD_SIDE, paintDrawing, paintStrokes } from "./pictures.js";

const STEP = 8; // pixels that an arrow key moves the pen
const LEAP = 32; // with Shift
const NEAR = 1.5; // pixels: points that are nearer to the one before say nothing
const MOST_STROKES = 500; // that the service takes
const MOST_POINTS = 20000; // in all
const CURSOR = 10; // radius

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #canvas;
  #context;
  #strokes = [];
  #pointer = null; // the id of the pointer that draws
  #cursor = null; // where the keyboard's pen is
  #isDown = false; // whether the keyboard's pen is down
  #drawing = null; // 784 bytes, shown in place of strokes
  #onchange;
  #onbegin;

  /**
   * @param {HTMLCanvasElement} canvas to draw on.
   * @param {(isDone: boolean) => void} onchange is called when the drawing changes; `isDone`: no
   *   stroke is being drawn.
   * @param {() => boolean} onbegin returns whether the stroke that begins is of a new drawing.
   */
  constructor(canvas, onchange, onbegin) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#onchange = onchange;
    this.#onbegin = onbegin;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#go(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => this.#end(event));
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("blur", () => this.#leave());
    this.#paint();
  }

  get isEmpty() {
    return this.#strokes.length === 0;
  }

  /** The pixels of the drawing, without the keyboard's cursor. */
  get pixels() {
    this.#paint(false);
    const pixels = this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#cursor) this.#paint();
    return pixels;
  }

  /** The lines as the service takes them; undefined: there are too many, and the canvas goes alone. */
  get strokes() {
    const points = this.#strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    if (this.#strokes.length > MOST_STROKES || points > MOST_POINTS) return undefined;
    const round = (value) => Math.round(value * 10) / 10;
    return this.#strokes.map((stroke) => ({
      x: stroke.map(([x]) => round(x)),
      y: stroke.map(([, y]) => round(y)),
    }));
  }

  /** The lines as lists of [x, y], in whole pixels: to be kept, and painted again. */
  get lines() {
    return this.#strokes.map((stroke) => stroke.map((point) => point.map(Math.round)));
  }

  /** Take away what is drawn, and show a drawing until something is drawn, or all is cleared. */
  show(drawing) {
    this.#strokes = [];
    [this.#cursor, this.#isDown, this.#drawing] = [null, false, drawing];
    this.#paint();
  }

  undo() {
    this.#strokes.pop();
    this.#isDown = false;
    this.#change(true);
  }

  clear() {
    this.#strokes = [];
    [this.#isDown, this.#drawing] = [false, null];
    this.#change(true);
  }

  #begin(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    [this.#cursor, this.#isDown] = [null, false];
    this.#beginStroke(this.#locate(event));
  }

  #go(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const stroke = this.#strokes.at(-1);
    if (!stroke) return; // it was cleared meanwhile
    for (const each of events.length ? events : [event]) {
      const [x, y] = this.#locate(each);
      const [lastX, lastY] = stroke.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= NEAR) stroke.push([x, y]);
    }
    this.#change(false);
  }

  #end(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#change(true);
  }

  #press(event) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const length = event.shiftKey ? LEAP : STEP;
      const { width, height } = this.#canvas;
      const [x, y] = this.#cursor ?? [width / 2, height / 2];
      const clamp = (value, most) => Math.min(Math.max(value, 0), most);
      this.#cursor = [
        clamp(x + arrow[0] * length, width),
        clamp(y + arrow[1] * length, height),
      ];
      if (this.#isDown && this.#strokes.length) {
        this.#strokes.at(-1).push(this.#cursor);
        this.#change(false);
      } else this.#paint();
    } else if (event.key === " ") {
      this.#cursor ??= [this.#canvas.width / 2, this.#canvas.height / 2];
      this.#isDown = !this.#isDown;
      if (this.#isDown) this.#beginStroke(this.#cursor);
      else this.#change(true);
    } else if (event.key === "Backspace") this.undo();
    else if (event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }

  #leave() {
    const wasDown = this.#isDown;
    [this.#cursor, this.#isDown] = [null, false];
    if (wasDown) this.#change(true);
    else this.#paint();
  }

  #locate(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.#canvas.width,
      ((event.clientY - box.top) / box.height) * this.#canvas.height,
    ];
  }

  #beginStroke(point) {
    this.#drawing = null;
    if (this.#onbegin()) this.#strokes = [];
    this.#strokes.push([point]);
    this.#change(false);
  }

  #change(isDone) {
    this.#paint();
    this.#onchange(isDone);
  }

  #paint(withCursor = true) {
    const context = this.#context;
    paintStrokes(context, this.#strokes);
    if (this.#drawing) paintDrawing(context, this.#drawing, PAD_SIDE);
    if (withCursor && this.#cursor) {
      context.beginPath();
      context.arc(...this.#cursor, CURSOR, 0, 2 * Math.PI);
      Object.assign(context, { lineWidth: 2, strokeStyle: this.#isDown ? "#2f62d9" : "#8a8a8e" });
      context.stroke();
    }
  }
}
