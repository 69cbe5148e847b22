// Reads questions as JSON, and prints what the web client decides on each.
import { text } from "node:stream/consumers";

import { decideAsking, drawNumber, isInTrial } from "../../clients/web/asking.js";

const { asking, trials, draws } = JSON.parse(await text(process.stdin));
const read = (numbers) => numbers && Float32Array.from(numbers);
console.log(
  JSON.stringify({
    asking: await Promise.all(
      asking.map(({ policy, probabilities, categories, drawingId, trial }) =>
        decideAsking(policy, read(probabilities), categories, drawingId, read(trial)),
      ),
    ),
    trials: await Promise.all(trials.map(({ trial, player }) => isInTrial(trial, player))),
    draws: await Promise.all(draws.map(([version, id]) => drawNumber(version, id))),
  }),
);
