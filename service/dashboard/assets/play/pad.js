/** A pad to draw on with mouse, finger, pen or keyboard. */

const PEN = 10; // of 512: about Google's pen, once the drawing is 28 pixels wide
const STEP = 8; // pixels that an arrow key moves the pen
const LEAP = 32; // with Shift
const PAPER = "#ffffff";
const INK = "#1d1d1f";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #canvas;
  #context;
  #strokes = [];
  #pointer = null; // the id of the pointer that draws
  #cursor = null; // where the keyboard's pen is
  #isDown = false; // whether the keyboard's pen is down
  #onchange;

  /**
   * @param {HTMLCanvasElement} canvas to draw on.
   * @param {(isDone: boolean) => void} onchange is called when the drawing changes; `isDone`: no
   *   stroke is being drawn.
   */
  constructor(canvas, onchange) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#onchange = onchange;
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

  undo() {
    this.#strokes.pop();
    this.#isDown = false;
    this.#change(true);
  }

  clear() {
    this.#strokes = [];
    this.#isDown = false;
    this.#change(true);
  }

  #begin(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    [this.#cursor, this.#isDown] = [null, false];
    this.#strokes.push([this.#locate(event)]);
    this.#change(false);
  }

  #go(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const points = (events.length ? events : [event]).map((each) => this.#locate(each));
    this.#strokes.at(-1).push(...points);
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
      if (this.#isDown) this.#strokes.at(-1).push(this.#cursor);
      if (this.#isDown) this.#change(false);
      else this.#paint();
    } else if (event.key === " ") {
      this.#cursor ??= [this.#canvas.width / 2, this.#canvas.height / 2];
      this.#isDown = !this.#isDown;
      if (this.#isDown) this.#strokes.push([this.#cursor]);
      this.#change(!this.#isDown);
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

  #change(isDone) {
    this.#paint();
    this.#onchange(isDone);
  }

  #paint(withCursor = true) {
    const context = this.#context;
    context.fillStyle = PAPER;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    Object.assign(context, { lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    Object.assign(context, { strokeStyle: INK, fillStyle: INK });
    for (const stroke of this.#strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      for (const point of stroke.slice(1)) context.lineTo(...point);
      // A line of no length is a dot, which not every browser draws.
      if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
      context.stroke();
    }
    if (withCursor && this.#cursor) {
      context.beginPath();
      context.arc(...this.#cursor, PEN, 0, 2 * Math.PI);
      Object.assign(context, { lineWidth: 2, strokeStyle: this.#isDown ? "#2f6f62" : "#8a8a8e" });
      context.stroke();
    }
  }
}
