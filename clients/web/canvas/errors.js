// @ts-check
/** The error for a canvas or for strokes that show no usable drawing. */
export class InvalidDrawing extends Error {
  /**
   * @param {"unreadable_image" | "blank" | "scribble" | "malformed_strokes"} reason for programs
   * @param {string} message one line for people: what is wrong
   */
  constructor(reason, message) {
    super(message);
    this.name = "InvalidDrawing";
    this.reason = reason;
  }
}
