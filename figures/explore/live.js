// What the page's worker does: train one optimiser, and post what the page shows of it.
"use strict";
Object.assign(globalThis.lab, (() => {
  const lab = globalThis.lab;

  // For each pair (filter, sample): 1 if it is on at W, plus 2 if it is on at W + eps with the batch of its sample
  function switches(w, table, tau) {
    const { s, N, F, Z, ascent } = w, on = new Uint8Array(F * s.n);
    for (let b = 0; b < s.n; b += s.B) {
      const batch = table.subarray(b, b + s.B), M = s.B + 1;
      let t = 0;
      lab.gradient(w, batch, 0);
      const norm = lab.climb(w, batch);
      if (tau > 0 && norm > 0) t = tau / norm;
      batch.forEach((i, a) => {
        for (let f = 0; f < F; f++) {
          const z = Z[f * N + 1 + i];
          on[f * s.n + i] = (z > 0) + 2 * (z + t * ascent[f * M + 1 + a] > 0);
        }
      });
    }
    return on;
  }

  // Train and post what the page shows, more often than every 4% of the epochs done; ends with {done} or {failed}
  function live({ s, seed, phases, tol, frames, last, tau }, post) {
    const w = lab.network(lab.draw(s, seed), s), table = new Int32Array(s.n);
    const own = (f, i) => (f < s.m ? 1 : -1) === w.y[i];
    let at = 0, now = lab.loss(w);
    const frame = (phase, samples, more = {}) => {
      const rho = lab.rhos(w), signal = lab.gammas(w).reduce((a, b) => a + b, 0) / w.F;
      let noise = 0, largest = 0;
      for (let f = 0; f < w.F; f++) for (let i = 0; i < s.n; i++) if (own(f, i)) {
        noise += rho[f * s.n + i] / (s.m * s.n);
        largest = Math.max(largest, rho[f * s.n + i]);
      }
      const error = lab.test_error(s, w.V.subarray(0, w.D), lab.weights(w), samples, seed);
      post({ epoch: at, phase, loss: now, signal, noise, largest, error, on: switches(w, lab.order(s, seed, at, table), tau), ...more });
    };
    frame(0, frames, { y: w.y, y_hat: w.y_hat });
    try {
      phases.forEach((phase, k) => {
        for (let e = 1, next = 1; e <= phase.epochs && now > tol; e++) {
          lab.epoch(w, lab.order(s, seed, at, table), phase.rule === "sam" ? phase.tau : 0);
          now = lab.loss(w);
          at++;
          if (!Number.isFinite(now)) throw lab.diverged(s, phase, at);
          if (e < next && e < phase.epochs) continue;
          frame(k, frames);
          next = e + Math.max(1, Math.floor(e / 30));
        }
      });
      frame(phases.length - 1, last, { done: true });
    } catch (error) {
      post({ failed: error.message });
    }
  }

  return { switches, live };
})());
