/** What a number of runs allows to say about a rate. */

/** Probability of at most `events` among `runs` when each has the probability `rate`. */
function atMost(events, runs, rate) {
  let term = (1 - rate) ** runs;
  let sum = term;
  for (let k = 1; k <= events; k += 1) {
    term *= ((runs - k + 1) / k) * (rate / (1 - rate));
    sum += term;
  }
  return sum;
}

/**
 * Upper end of the one-sided 95 % confidence interval of a rate (Clopper and Pearson, 1934): with a larger one, so few events
 * would be seen in less than 5 % of such series. For no event at all it is about 3 / runs.
 */
export function upperBound(events, runs) {
  if (events >= runs) return 1;
  let [low, high] = [events / runs, 1];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (atMost(events, runs, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
