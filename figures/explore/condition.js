// Condition 3.1 as numbers, thresholds, prescriptions and predictions: theorems.condition and theorems.prediction, in JavaScript.
"use strict";
Object.assign(globalThis.lab, (() => {
  const over = (numerator, denominator) => (denominator > 0 ? numerator / denominator : Infinity);
  function margins(s, delta = 0.05) {
    const noise = s.P * s.sigma_p, signal = (s.mu_norm / noise) ** 2;
    return {
      "d / (n ||mu||^2 / (P sigma_p)^2)": over(s.d, s.n * signal),
      "d / (B ||mu||^2 / (P sigma_p)^2)": over(s.d, s.B * signal),
      "d / n^2": s.d / s.n ** 2,
      "m / log(n/delta)": s.m / Math.log(s.n / delta),
      "n / log(m/delta)": s.n / Math.log(s.m / delta),
      "||mu|| / (P sigma_p)": s.mu_norm / noise,
      "1 / p": over(1, s.p),
      "1 / (sigma_0 P sigma_p d / sqrt(n))": over(Math.sqrt(s.n), s.sigma_0 * noise * s.d),
      "1 / (sigma_0 ||mu||)": over(1, s.sigma_0 * s.mu_norm),
      "1 / (eta P^2 sigma_p^2 d / B)": s.B / (s.eta * noise ** 2 * s.d),
      "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))": s.B * s.m / (s.eta * noise ** 2 * s.d ** 1.5),
    };
  }
  const threshold_sgd = (s) => Math.sqrt(Math.sqrt(s.d / s.n)) * s.P * s.sigma_p;
  const threshold_sam = (s) => s.P * s.sigma_p;
  const t1_epochs = (s) => Math.ceil(s.m * s.B / (s.eta * s.n * s.mu_norm ** 2));
  const tau_paper = (s) => s.m * Math.sqrt(s.B) / (s.P * s.sigma_p * Math.sqrt(s.d));
  function tau_rule(s) {
    const start = Math.sqrt(2 * Math.log(Math.max(s.m * s.n, 2))) * s.sigma_0 * s.sigma_p * Math.sqrt(s.d);
    return Math.sqrt(s.B * s.m / s.d) / s.sigma_p * (start + s.eta * (s.P - 1) * s.sigma_p ** 2 * s.d / (s.B * s.m));
  }

  // What batches of B teach a small signal, over a quarter of what full ones do: theorems.overfitting.batch_margin
  const binomial = (n, k, p) => {
    let chance = 1;
    for (let i = 0; i < k; i++) chance *= (n - i) / (i + 1);
    return chance * p ** k * (1 - p) ** (n - k);
  };
  function small_signal_gain(B, p) {
    let total = 0;
    for (let own = 0; own <= B; own++)
      for (let flipped = 0; flipped <= own; flipped++) {
        const more = own - 2 * flipped;
        total += binomial(B, own, 0.5) * binomial(own, flipped, p) * (more > 0 ? (B - own) * (1 - 2 * p) : more);
      }
    return total / B;
  }
  function batch_margin(s, delta) {
    let flipped = 0;
    for (let below = binomial(s.n, 0, s.p); below < 1 - delta - 1e-12 && flipped < s.n;) below += binomial(s.n, ++flipped, s.p);
    const p = flipped / s.n;
    return p < 0.5 ? Math.max(small_signal_gain(s.B, p), 0) * 8 / (1 - 2 * p) : 0;
  }

  // What each theorem predicts, as theorems.prediction; constants {C_1, C_3, delta, epsilon} come from theorems.overfitting
  function predict(s, { C_1, C_3, delta, epsilon }) {
    const lines = margins(s, delta), broken = Object.keys(lines).filter((line) => lines[line] < 1);
    const benign_from = C_1 * threshold_sgd(s), harmful_to = C_3 * threshold_sgd(s);
    const sam_from = threshold_sam(s) * Math.sqrt(Math.log(1 / epsilon));
    const by_sgd = s.mu_norm >= benign_from ? "benign" : s.mu_norm <= harmful_to ? "harmful" : "nothing";
    const by_sam = s.mu_norm >= sam_from && batch_margin(s, delta) >= 1 ? "benign" : "nothing", says = (strength) => (broken.length ? "nothing" : strength);
    return {
      margins: lines, broken, benign_from, harmful_to, sam_from, t1: t1_epochs(s), tau: tau_paper(s), tau_rule: tau_rule(s),
      sgd: { by_strength: by_sgd, regime: says(by_sgd) }, sam: { by_strength: by_sam, regime: says(by_sam) },
    };
  }

  return { margins, threshold_sgd, threshold_sam, t1_epochs, tau_paper, tau_rule, predict };
})());
