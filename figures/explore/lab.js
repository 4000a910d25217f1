// The page's engine: the reduced frame, SGD and SAM in coefficient space, test error, Condition 3.1. No dependencies.
// Flat Float64Arrays; filters f = 0..2m-1 are m of sign +1, then m of sign -1; vectors k = 0..n are mu, then the noises.
"use strict";
globalThis.lab = (() => {
  const DRAW = 0, BATCHES = 1, TEST = 2;  // purposes of random numbers: no two share a stream

  // sfc32 (Doty-Humphrey); uniform() has 53 bits and lies in [0, 1)
  function stream(seed, purpose, epoch = 0) {
    let a = seed >>> 0, b = purpose, c = epoch >>> 0, count = 1;
    const word = () => {
      const t = (a + b + count++) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21) | (c >>> 11)) + t | 0;
      return t >>> 0;
    };
    for (let k = 0; k < 16; k++) word();
    const uniform = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
    let spare = NaN;
    const normal = () => {  // the polar method of Marsaglia, exact
      if (spare === spare) { const kept = spare; spare = NaN; return kept; }
      for (;;) {
        const u = 2 * uniform() - 1, v = 2 * uniform() - 1, q = u * u + v * v;
        if (q < 1 && q > 0) {
          const factor = Math.sqrt(-2 * Math.log(q) / q);
          spare = v * factor;
          return u * factor;
        }
      }
    };
    return { uniform, normal };
  }

  // Marsaglia and Tsang (2000): exact by rejection, for any shape
  function gamma(rng, shape) {
    if (shape < 1) return gamma(rng, shape + 1) * Math.pow(1 - rng.uniform(), 1 / shape);
    const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = rng.normal(), t = c * x;
      if (t <= -1) continue;
      // log of the ratio of densities, x^2/2 + d (1 - v + log v) with v = (1+t)^3, so written that large d costs no digits
      const room = x * x / 2 + d * (3 * (Math.log1p(t) - t) - t * t * (3 + t));
      if (Math.log(1 - rng.uniform()) < room) return d * (1 + t) ** 3;
    }
  }
  const chisquare = (rng, degrees) => 2 * gamma(rng, degrees / 2);

  // Definition 2.1 in the frame of mu, the noises and the filters: [g | L] with Bartlett's L; R^d itself where d <= n + 2m
  function draw(s, seed) {
    const rng = stream(seed, DRAW), N = s.n + 2 * s.m, reduced = s.d > N, D = reduced ? N + 1 : s.d;
    const y_hat = Float64Array.from({ length: s.n }, () => (rng.uniform() < 0.5 ? -1 : 1));
    const y = y_hat.map((sign) => (rng.uniform() < s.p ? -sign : sign));
    const signal_patch = Float64Array.from({ length: s.n }, () => Math.floor(s.P * rng.uniform()));
    const rows = new Float64Array(N * D);
    for (let k = 0; k < N; k++) {
      const size = reduced ? k + 1 : D;
      for (let c = 0; c < size; c++) rows[k * D + c] = rng.normal();
      if (reduced) rows[k * D + k + 1] = Math.sqrt(chisquare(rng, s.d - 1 - k));
    }
    const mu = new Float64Array(D);
    mu[0] = s.mu_norm;
    const xi = rows.subarray(0, s.n * D).map((v) => s.sigma_p * v), w0 = rows.subarray(s.n * D).map((v) => s.sigma_0 * v);
    return { mu, xi, w0, y, y_hat, signal_patch };
  }

  // A partition of the samples; whole batches stay in their own order, as in dynamics.batches
  function order(s, seed, epoch, into = new Int32Array(s.n)) {
    for (let i = 0; i < s.n; i++) into[i] = i;
    if (s.B === s.n) return into;
    const rng = stream(seed, BATCHES, epoch);
    for (let i = s.n - 1; i > 0; i--) {
      const k = Math.floor((i + 1) * rng.uniform()), kept = into[i];
      into[i] = into[k];
      into[k] = kept;
    }
    return into;
  }

  const flat = (values) => Float64Array.from(ArrayBuffer.isView(values) ? values : values.flat(Infinity));
  const dot = (a, p, b, q, D) => { let sum = 0; for (let c = 0; c < D; c++) sum += a[p + c] * b[q + c]; return sum; };

  // V = [mu; xi], K = V V^T, Z = W V^T, and C such that W = W(0) + C V
  function network(sample, s) {
    const [mu, xi, w0, y, y_hat] = ["mu", "xi", "w0", "y", "y_hat"].map((name) => flat(sample[name]));
    const D = mu.length, N = s.n + 1, F = 2 * s.m;
    if (xi.length !== s.n * D || w0.length !== F * D || y.length !== s.n) throw new Error("the sample does not fit the setting");
    const V = new Float64Array(N * D), K = new Float64Array(N * N), Z = new Float64Array(F * N), C = new Float64Array(F * N);
    V.set(mu);
    V.set(xi, D);
    for (let a = 0; a < N; a++) for (let b = 0; b < N; b++) K[a * N + b] = dot(V, a * D, V, b * D, D);
    for (let f = 0; f < F; f++) for (let k = 0; k < N; k++) Z[f * N + k] = dot(w0, f * D, V, k * D, D);
    const of = (length) => new Float64Array(length);
    const all = Int32Array.from({ length: s.n }, (_, i) => i);
    return {
      s, D, N, F, V, K, Z, C, w0, y, y_hat, all, out: of(s.n), slope: of(s.n), g: of(F * N), ascent: of(F * N), part: of(N * N),
      some: of(N), starts: new Int32Array(N), rows: new Int32Array(N), which: new Int32Array(N), seen: false,
    };
  }

  // Outputs out of a batch at inner products Z + t * ascent, and in g who is on: j, or the product itself for mu
  function look(w, batch, t) {
    const { s, N, F, Z, y_hat, out, g, ascent } = w, B = batch.length, M = B + 1, copies = s.P - 1;
    let positive = 0, negative = 0;
    out.fill(0, 0, B);
    for (let f = 0; f < F; f++) {
      const j = f < s.m ? 1 : -1, row = f * N, own = f * M, z = Z[row] + t * ascent[own];
      g[own] = z;
      if (z > 0) positive += j * z; else negative -= j * z;
      for (let b = 0; b < B; b++) {
        const at = Z[row + 1 + batch[b]] + t * ascent[own + 1 + b], on = at > 0;
        g[own + 1 + b] = on ? j : 0;
        if (on) out[b] += j * at;
      }
    }
    for (let b = 0; b < B; b++) out[b] = ((y_hat[batch[b]] > 0 ? positive : negative) + copies * out[b]) / s.m;
    w.seen = t === 0 && M === N;
  }

  // Coefficients g of the batch's gradient, from what look left (Section 2.2; relu'(0) = 0)
  function slopes(w, batch) {
    const { s, F, y, y_hat, out, slope, g } = w, B = batch.length, M = B + 1;
    let seen = 0, mirrored = 0;
    for (let b = 0; b < B; b++) {
      const i = batch[b], c = -y[i] / (1 + Math.exp(y[i] * out[b])) / (B * s.m);  // l'_i y_i / (B m)
      if (y_hat[i] > 0) seen += c; else mirrored += c;
      slope[b] = (s.P - 1) * c;
    }
    for (let f = 0; f < F; f++) {
      const own = f * M, z = g[own];
      g[own] = (f < s.m ? 1 : -1) * (z > 0 ? seen : z < 0 ? -mirrored : 0);
      for (let b = 0; b < B; b++) g[own + 1 + b] *= slope[b];
    }
    w.seen = false;
  }
  function gradient(w, batch, t) {
    if (t !== 0 || !w.seen || batch.length < w.s.n) look(w, batch, t);  // with whole batches the loss has looked already
    slopes(w, batch);
  }

  // Add c g_a K_a to a row of width M, over the entries a of g that are not zero; four at a time, which halves the time
  function add(into, start, M, c, g, own, count, K, rows, w) {
    const { some, starts } = w;
    let k = 0, live = 0;
    for (let a = 0; a < count; a++) {
      const v = g[own + a];
      if (v !== 0) { some[live] = c * v; starts[live++] = rows[a]; }
    }
    for (; k + 3 < live; k += 4) {
      const c0 = some[k], c1 = some[k + 1], c2 = some[k + 2], c3 = some[k + 3];
      const p0 = starts[k], p1 = starts[k + 1], p2 = starts[k + 2], p3 = starts[k + 3];
      for (let b = 0; b < M; b++) into[start + b] += c0 * K[p0 + b] + c1 * K[p1 + b] + (c2 * K[p2 + b] + c3 * K[p3 + b]);
    }
    for (; k < live; k++) {
      const c0 = some[k], p0 = starts[k];
      for (let b = 0; b < M; b++) into[start + b] += c0 * K[p0 + b];
    }
  }

  // ascent <- g K_II; returns ||grad||_F = sqrt(<g K, g>)
  function climb(w, batch) {
    const { N, F, K, g, ascent, part, rows } = w, M = batch.length + 1;
    let k = K;
    if (M < N) {
      k = part;
      for (let a = 0; a < M; a++) for (let b = 0; b < M; b++) k[a * M + b] = K[(a && batch[a - 1] + 1) * N + (b && batch[b - 1] + 1)];
    }
    let square = 0;
    for (let a = 0; a < M; a++) rows[a] = a * M;
    ascent.fill(0, 0, F * M);
    for (let own = 0; own < F * M; own += M) {
      add(ascent, own, M, 1, g, own, M, k, rows, w);
      for (let a = own; a < own + M; a++) square += g[a] * ascent[a];
    }
    return Math.sqrt(Math.max(square, 0));
  }

  // Z <- Z - eta g K, C <- C - eta g
  function step(w, batch, tau) {
    const { s, N, F, K, Z, C, g, rows, which } = w, M = batch.length + 1;
    gradient(w, batch, 0);
    if (tau > 0) {
      const norm = climb(w, batch);
      if (norm > 0) gradient(w, batch, tau / norm);  // without a gradient there is no direction: SAM stays at W
    }
    for (let a = 0; a < M; a++) rows[a] = (which[a] = a && batch[a - 1] + 1) * N;
    for (let f = 0; f < F; f++) {
      add(Z, f * N, N, -s.eta, g, f * M, M, K, rows, w);
      for (let a = 0; a < M; a++) C[f * N + which[a]] -= s.eta * g[f * M + a];
    }
  }

  // A whole batch is read in the samples' own order, for which K_II is K
  function epoch(w, table, tau) {
    if (w.s.B === w.s.n) step(w, w.all, tau);
    else for (let b = 0; b < w.s.n; b += w.s.B) step(w, table.subarray(b, b + w.s.B), tau);
  }

  // Training loss; NaN if any number is not finite
  function loss(w) {
    const { s, Z, y, out } = w;
    let sum = 0, total = 0;
    for (let q = 0; q < Z.length; q++) sum += Z[q];
    look(w, w.all, 0);
    for (let i = 0; i < s.n; i++) {
      const z = y[i] * out[i];
      total += Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return total / s.n + 0 * sum;
  }

  // The decomposition: gamma_jr = j ||mu||^2 C_0, rho_jri = (P-1) ||xi_i||^2 C_i
  const gammas = (w) => Float64Array.from({ length: w.F }, (_, f) => (f < w.s.m ? 1 : -1) * w.K[0] * w.C[f * w.N]);
  const rhos = (w) => Float64Array.from({ length: w.F * w.s.n }, (_, q) => {
    const f = Math.floor(q / w.s.n), k = q % w.s.n + 1;
    return (w.s.P - 1) * w.K[k * w.N + k] * w.C[f * w.N + k];
  });
  function weights(w) {
    const W = Float64Array.from(w.w0);
    for (let f = 0; f < w.F; f++) for (let k = 0; k < w.N; k++) {
      const c = w.C[f * w.N + k];
      if (c !== 0) for (let q = 0; q < w.D; q++) W[f * w.D + q] += c * w.V[k * w.D + q];
    }
    return W;
  }

  const diverged = (s, phase, at) => new Error(
    `training diverged in epoch ${at} (rule '${phase.rule}'): the weights are not finite; ` +
    `eta = ${s.eta}${phase.tau ? ` or tau = ${phase.tau}` : ""} is too large for this setting`,
  );

  // As dynamics.train: {epoch, gamma (T, 2, m), rho (T, 2, m, n), loss}; batches (epochs, H, B), or null for those of a seed
  function train(sample, setting, phases, batches = null, { seed = 0, record_every = 1, tol = 0 } = {}) {
    const s = setting, w = network(sample, s), table = batches && Int32Array.from(batches.flat ? batches.flat(Infinity) : batches);
    const path = { epoch: [], gamma: [], rho: [], loss: [], w };
    const cut = (values, size) => Array.from({ length: values.length / size }, (_, k) => Array.from(values.subarray(k * size, k * size + size)));
    const record = (at, now) => {
      path.epoch.push(at);
      path.loss.push(now);
      path.gamma.push(cut(gammas(w), s.m));
      const rho = cut(rhos(w), s.n);
      path.rho.push([rho.slice(0, s.m), rho.slice(s.m)]);
    };
    let at = 0;
    record(0, loss(w));
    for (const phase of phases) {
      if (phase.rule !== "sgd" && phase.rule !== "sam") throw new Error(`rule = ${phase.rule} is not allowed: it must be sgd or sam`);
      for (let e = 0; e < phase.epochs; e++) {
        epoch(w, table ? table.subarray(at * s.n, at * s.n + s.n) : order(s, seed, at), phase.rule === "sam" ? phase.tau : 0);
        const now = loss(w);
        at++;
        if (!Number.isFinite(now)) throw diverged(s, phase, at);
        if (at % record_every === 0 || e + 1 === phase.epochs || now <= tol) record(at, now);
        if (now <= tol) return path;
      }
    }
    return path;
  }

  // Test error and its standard error as dynamics.test_error: given W, the products <w, xi> are N(0, sigma_p^2 W W^T)
  function test_error(s, mu, W, samples = 10000, seed = 0) {
    const F = 2 * s.m, D = mu.length, Q = Float64Array.from(W), R = new Float64Array(F * F), rng = stream(seed, TEST);
    let positive = 0, negative = 0, total = 0, square = 0;
    for (let a = 0; a < F; a++) {  // Gram and Schmidt: rows of W are R times orthonormal rows
      const on = dot(W, a * D, mu, 0, D), j = a < s.m ? 1 : -1;
      if (on > 0) positive += j * on; else negative -= j * on;
      const length = R[a * F + a] = Math.sqrt(dot(Q, a * D, Q, a * D, D));
      for (let b = a + 1; b < F && length > 0; b++) {
        const c = R[b * F + a] = dot(Q, b * D, Q, a * D, D) / length;
        for (let q = 0; q < D; q++) Q[b * D + q] -= c / length * Q[a * D + q];
      }
    }
    const z = new Float64Array(F);
    for (let k = 0; k < samples; k++) {
      let noise = 0;
      for (let a = 0; a < F; a++) {
        z[a] = rng.normal();
        const at = dot(R, a * F, z, 0, a + 1);
        if (at > 0) noise += a < s.m ? at : -at;
      }
      noise *= (s.P - 1) * s.sigma_p;
      const wrong = (2 - Math.sign(positive + noise) + Math.sign(negative + noise)) / 4;  // f = 0 is half an error
      total += wrong;
      square += wrong * wrong;
    }
    const variance = (square + 1) / (samples + 2) - ((total + 1) / (samples + 2)) ** 2;
    return { value: s.p + (1 - 2 * s.p) * total / samples, stderr: (1 - 2 * s.p) * Math.sqrt(variance / samples), samples };
  }

  return {
    stream, chisquare, draw, order, network, gradient, climb, epoch, loss, gammas, rhos, weights, diverged, train, test_error,
  };
})();
