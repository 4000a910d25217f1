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

  // The signal after SAM for T_1 epochs and then SGD, over what hides it: theorems.beyond.constants.limits.signal_over_noise
  const INVERSE_SHARE = 2 * Math.LN2, OWN = Math.sqrt(INVERSE_SHARE - 1);
  const density = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  function normal(x) {
    if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
    let total = x, term = x;
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(total); k += 2) total += term *= x * x / k;
    return 0.5 + density(x) * total;
  }
  function root(of, low, high) { // of a function that grows through zero
    for (let k = 0; k < 100; k++) {
      const middle = (low + high) / 2;
      if (of(middle) < 0) low = middle; else high = middle;
    }
    return (low + high) / 2;
  }
  const VARIANCE = (() => {
    let sum = 0, first = 0, second = 0;
    for (let k = 0; k <= 2000; k++) {
      const u = (k - 1000) / 100, z = u / OWN, psi = u * normal(z) + OWN * density(z), weight = Math.exp(-u * u / 2);
      sum += weight, first += weight * psi, second += weight * psi * psi;
    }
    return 2 * (second / sum - (first / sum) ** 2);
  })();
  function signal_time(level, p) {
    let total = 0;
    for (let k = 0; k < 1000; k++) {
      const x = Math.exp(level * (k + 0.5) / 1000);
      total += (1 + x) / (1 - p - p * x);
    }
    return 2 * total / 1000;
  }
  function learned(share, p) {
    const most = p > 0 ? Math.min(20, Math.log((1 - p) / p) * (1 - 1e-9)) : 20;
    return most * signal_time(most, p) <= share ? most : root((level) => level * signal_time(level, p) - share, 0, most);
  }
  function signal_over_noise(s, delta, epsilon) {
    if (s.p >= 0.5 || epsilon >= (1 - 2 * s.p) / 2) return Infinity;
    let few = 0;
    for (let below = binomial(s.n, 0, 0.5); 2 * below <= Math.min(delta, 1);) below += binomial(s.n, ++few, 0.5);
    const margin = -Math.log(Math.expm1(epsilon)), snr = s.mu_norm / ((s.P - 1) * s.sigma_p * Math.sqrt(s.d));
    const by_sgd = s.n * (1 - 2 * s.p) * snr ** 2 * INVERSE_SHARE;
    const after = (k) => { const g = learned(2 * k, s.p); return g + k * by_sgd * Math.max(margin - g, 0); };
    const small = after(few / s.n), large = after(1 - few / s.n);
    const z = root((x) => normal(x) - (1 - epsilon / (1 - 2 * s.p)), 0, 8);
    return small / (z * Math.hypot(large * (s.P - 1) * s.sigma_p / s.mu_norm, margin * Math.sqrt(s.n * VARIANCE / (2 * s.d))));
  }

  // What each theorem predicts, as theorems.prediction; constants {C_1, C_3, delta, epsilon} come from theorems.overfitting
  function predict(s, { C_1, C_3, delta, epsilon }) {
    const lines = margins(s, delta), broken = Object.keys(lines).filter((line) => lines[line] < 1);
    const benign_from = C_1 * threshold_sgd(s), harmful_to = C_3 * threshold_sgd(s);
    const sam_from = threshold_sam(s) * Math.sqrt(Math.log(1 / epsilon));
    const by_sgd = s.mu_norm >= benign_from ? "benign" : s.mu_norm <= harmful_to ? "harmful" : "nothing";
    const teaches = s.mu_norm >= sam_from && batch_margin(s, delta) >= 1 && signal_over_noise(s, delta, epsilon) >= 1;
    const by_sam = teaches ? "benign" : "nothing", says = (strength) => (broken.length ? "nothing" : strength);
    return {
      margins: lines, broken, benign_from, harmful_to, sam_from, t1: t1_epochs(s), tau: tau_paper(s), tau_rule: tau_rule(s),
      sgd: { by_strength: by_sgd, regime: says(by_sgd) }, sam: { by_strength: by_sam, regime: says(by_sam) },
    };
  }

  return { margins, threshold_sgd, threshold_sam, t1_epochs, tau_paper, tau_rule, predict };
})());
