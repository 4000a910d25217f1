// The page: its state is in the address and in the sliders; two workers train, and every picture follows.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const given = JSON.parse($("data").textContent), constants = given.constants, OPTIMISERS = ["sgd", "sam"], { number, plural, formula } = words;
  const NAMES = { sgd: "SGD", sam: "SAM" };
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
  document.documentElement.classList.add("live");

  // --- the state: a Setting, and what the page adds to it

  const SIZES = ["d", "mu_norm", "n", "P", "p", "m", "B"], SETTING = ["n", "d", "m", "P", "mu_norm", "sigma_p", "p", "sigma_0", "B", "eta"];
  const RANGES = {
    d: [100, 1e12], mu_norm: [0.5, 500], n: [2, 100], P: [2, 10], p: [0, 0.45], m: [1, 60], B: [1, 100], sigma_p: [1e-3, 1e3],
    sigma_0: [0, 1e3], eta: [Number.MIN_VALUE, Number.MAX_VALUE], tau: [0, 1e12], sam: [0, 2 ** 53], seed: [0, 2 ** 32 - 1], same: [0, 1],
  };
  const WHOLE = ["d", "n", "P", "m", "B", "sam", "seed", "same"];
  const divisors = (n) => Array.from({ length: n }, (_, k) => k + 1).filter((B) => n % B === 0);
  const setting = (t) => Object.fromEntries(SETTING.map((name) => [name, t[name]]));
  // Largest values of eta and sigma_0 that Condition 3.1 allows, and T_1 before it is rounded up
  const line = (t, field) => {
    const lines = lab.margins({ ...t, eta: 1, sigma_0: 1 });
    return Math.min(...Object.keys(lines).filter((name) => name.includes(`(${field} `)).map((name) => lines[name]));
  };
  const t1 = (t) => t.m * t.B / (t.eta * t.n * t.mu_norm ** 2);
  function digits(v) {  // four digits, rounded down so that what was inside its line stays there
    if (!(v > 0)) return 0;
    const scale = 10 ** (3 - Math.floor(Math.log10(v)));
    return Number((Math.floor(v * scale * (1 + 1e-9)) / scale).toPrecision(4));
  }
  const unitsOf = (t) => ({ eta: t.eta / line(t, "eta"), sigma_0: t.sigma_0 / line(t, "sigma_0"), tau: t.tau / lab.tau_rule(t), sam: t.sam / t1(t) });
  function inUnits(t, units) {
    t.eta = digits(units.eta * line(t, "eta"));
    t.sigma_0 = digits(units.sigma_0 * line(t, "sigma_0"));
    t.tau = digits(units.tau * lab.tau_rule(t));
    t.sam = clamp(Math.ceil(units.sam * t1(t) - 1e-6), 0, 2 ** 53);
  }

  let state, units, story = null;

  // Reads an address; returns why it is not one of this page's, or ""
  function read(address) {
    const found = {}, start = given.stories[1].state;
    for (const [key, text] of new URLSearchParams(address)) {
      if (key in found) return `${key} is there twice`;
      found[key] = key === "story" ? text : text.trim() === "" ? NaN : Number(text);
    }
    if ("story" in found) {
      const one = given.stories.find((s) => s.name === found.story);
      if (!one || Object.keys(found).length > 1) return `there is no story ${JSON.stringify(found.story)}`;
      [state, story] = [{ ...one.state, seed: 0, same: 1 }, one.name];
      units = unitsOf(state);
      return "";
    }
    for (const [key, v] of Object.entries(found)) {
      if (!(key in RANGES)) return `${JSON.stringify(key)} is not one of ${Object.keys(RANGES).join(", ")}`;
      const [low, high] = RANGES[key], whole = WHOLE.includes(key);
      if (!(v >= low && v <= high) || (whole && !Number.isInteger(v)))
        return `${key} must be ${whole ? "a whole number" : "a number"} from ${number(low)} to ${number(high)}`;
    }
    if (!Object.keys(found).length) return "it holds no state";
    const t = { P: 2, sigma_p: 1, p: 0.05, seed: 0, same: 1 };
    for (const name of ["n", "d", "m", "mu_norm"]) t[name] = start[name];
    Object.assign(t, found);
    if (!("B" in t)) t.B = t.n;
    if (t.n % t.B) return `B = ${t.B} must divide n = ${t.n}`;
    if (!("eta" in t)) t.eta = line(t, "eta") / 2;
    if (!("sigma_0" in t)) t.sigma_0 = line(t, "sigma_0") / 10;
    if (!("tau" in t)) t.tau = digits(lab.tau_paper(t));
    if (!("sam" in t)) t.sam = Math.min(lab.t1_epochs(t), RANGES.sam[1]);
    [state, story, units] = [t, null, unitsOf(t)];
    return "";
  }
  function address() {
    if (story) return `story=${story}`;
    const names = ["d", "mu_norm", "n", "m", "P", ...(state.sigma_p === 1 ? [] : ["sigma_p"]), "p", "B", "eta", "sigma_0", "tau", "sam", "seed", "same"];
    return names.map((name) => `${name}=${state[name]}`).join("&");
  }

  // --- sliders: from a position to a value and back; what they cannot reach, Setting does not allow or the page does not hold

  const log = { to: (v) => Math.log10(v), from: (x) => 10 ** x };
  const round3 = (v) => Number(v.toPrecision(3));
  const SLIDERS = [
    ["Data", [
      { name: "d", label: "dimension d", low: 2, high: 12, step: 0.05, ...log, from: (x) => Math.round(round3(10 ** x)) },
      { name: "mu_norm", label: "signal ‖μ‖", low: Math.log10(0.5), high: Math.log10(500), step: 0.01, ...log, from: (x) => clamp(round3(10 ** x), 0.5, 500) },
      { name: "n", label: "samples n", low: 2, high: 100, step: 1 },
      { name: "P", label: "patches P", low: 2, high: 10, step: 1 },
      { name: "p", label: "flipped labels p", low: 0, high: 0.45, step: 0.01, from: (x) => Number(x.toFixed(2)) },
    ]],
    ["Network and steps", [
      { name: "m", label: "filters a sign m", low: 1, high: 60, step: 1 },
      { name: "B", label: "batch size B", low: 0, high: () => divisors(state.n).length - 1, step: 1, to: (v) => divisors(state.n).indexOf(v), from: (x) => divisors(state.n)[x] },
      { name: "eta", label: "step η", low: -2, high: 4, step: 0.05, ...log, unit: () => `× its line`, aid: () => `η = ${number(state.eta, 4)}` },
    ]],
    ["SAM", [
      { name: "tau", label: "radius τ", low: -2, high: 7, step: 0.05, ...log, unit: () => "× the rule",
        aid: () => `τ = ${number(state.tau)}; the paper's radius is ${number(lab.tau_paper(state) / lab.tau_rule(state))} × the rule` },
      { name: "sam", label: "SAM stage", low: 0, high: 3, step: 0.05, from: (x) => Number(x.toFixed(2)), unit: () => "T₁", 
        aid: () => `${plural(state.sam, "epoch")}, then SGD${state.sam * state.n / state.B > 2e6 ? "; that takes minutes, a larger η less" : ""}` },
    ]],
  ];
  const sliders = SLIDERS.flatMap(([, list]) => list);
  const valueOf = (slider) => (slider.unit ? units[slider.name] : state[slider.name]);

  function change(name, v) {
    story = null;
    if (SIZES.includes(name)) {
      const full = state.B === state.n;
      state[name] = v;
      if (name === "n") state.B = full ? v : Math.max(...divisors(v).filter((B) => B <= state.B));
    } else units[name] = v;
    inUnits(state, units);
    moved();
  }
  function element(tag, attributes = {}, ...children) {
    const e = document.createElement(tag);
    for (const [name, v] of Object.entries(attributes)) e.setAttribute(name, v);
    e.append(...children);
    return e;
  }
  function build() {
    for (const [title, list] of SLIDERS) {
      const group = element("fieldset", {}, element("legend", {}, title));
      for (const slider of list) {
        slider.input = element("input", { type: "range", id: `set-${slider.name}`, min: slider.low, step: slider.step });
        slider.output = element("output", { for: `set-${slider.name}` });
        slider.note = element("p", { class: "aid" });
        slider.input.addEventListener("input", () => {
          const x = Number(slider.input.value);
          change(slider.name, slider.from ? slider.from(x) : x);
        });
        group.append(element("div", { class: "slider" }, element("label", { for: `set-${slider.name}` }, slider.label), slider.output, slider.input, slider.note));
      }
      $("controls").append(group);
    }
    const seed = element("input", { type: "number", id: "set-seed", min: 0, max: RANGES.seed[1], step: 1 });
    const same = element("input", { type: "checkbox", id: "set-same" });
    const again = element("button", { type: "button", id: "stop" }, "Stop");
    const chance = (name, v) => { [story, state[name]] = [null, v]; moved(); };
    seed.addEventListener("input", () => seed.validity.valid && seed.value !== "" && chance("seed", Number(seed.value)));
    same.addEventListener("change", () => chance("same", Number(same.checked)));
    again.addEventListener("click", () => (running() ? halt("stopped by hand") : start()));
    $("controls").append(element("fieldset", {}, element("legend", {}, "Chance"),
      element("div", { class: "row" }, element("label", { for: "set-seed" }, "seed"), seed, again),
      element("div", { class: "row" }, same, element("label", { for: "set-same" }, "same data for both")),
      element("p", { class: "aid" }, "Without it, SAM has the data and the start of the next seed.")));
    $("controls").addEventListener("submit", (e) => e.preventDefault());
  }
  function showControls() {
    for (const slider of sliders) {
      const high = typeof slider.high === "function" ? slider.high() : slider.high, v = valueOf(slider), low = slider.low;
      slider.input.max = high;
      slider.input.value = clamp(slider.to ? (v > 0 || slider.name === "p" ? slider.to(v) : low) : v, low, high);
      slider.output.textContent = slider.unit ? `${number(v)} ${slider.unit()}` : number(v);
      slider.input.setAttribute("aria-valuetext", slider.output.textContent);
      slider.note.textContent = slider.aid ? slider.aid() : "";
    }
    if (document.activeElement !== $("set-seed")) $("set-seed").value = state.seed;
    $("set-same").checked = state.same === 1;
  }

  // --- what the theory says

  let said;
  function showTheory() {
    said = lab.predict(setting(state), constants);
    const list = $("margins"), names = Object.keys(said.margins);
    if (!list.children.length) {
      for (const name of names) list.append(element("li", {}, element("span", {}, formula(name)), element("span", { class: "value" }), element("div", { class: "bar" }, element("i"))));
    }
    names.forEach((name, k) => {
      const row = list.children[k], v = said.margins[name], holds = v >= 1;
      row.className = holds ? "holds" : "fails";
      row.children[1].textContent = `${number(v)} ${holds ? "✓" : "✗ fails"}`;
      row.querySelector("i").style.width = `${50 * clamp(Math.abs(Math.log10(v)) / 6, 0, 1)}%`;
    });
    const broken = said.broken.length, lines = broken === 1 ? "1 line of Condition 3.1 fails" : `${broken} lines of Condition 3.1 fail`;
    const mu = `‖μ‖ = ${number(state.mu_norm)}`;
    const why = {
      sgd: said.sgd.by_strength === "benign" ? `${mu} is at least the benign threshold ${number(said.benign_from)}`
        : said.sgd.by_strength === "harmful" ? `${mu} is at most the harmful threshold ${number(said.harmful_to)}`
          : `${mu} lies between ${number(said.harmful_to)} (harmful) and ${number(said.benign_from)} (benign)`,
      sam: `${mu} is ${said.sam.by_strength === "benign" ? "at least" : "below"} SAM's threshold ${number(said.sam_from)}`,
    };
    // Theorem 4.1 speaks of a radius and a length up to constants; here a factor of two
    const radius = state.tau / said.tau, length = state.sam / t1(state);
    const apart = radius < 0.5 || radius > 2 ? `it speaks of ${number(1 / radius)} times this radius` : length < 0.999 || length > 2 ? "it speaks of T₁ epochs of SAM" : "";
    for (const key of OPTIMISERS) {
      const regime = broken || (key === "sam" && apart) ? "nothing" : said[key].regime;
      said[key].says = regime;
      const reason = broken ? lines : key === "sam" && apart ? apart : why[key];
      const meant = regime === "benign" ? ` (at most p + ${constants.epsilon})` : regime === "harmful" ? ` (at least p + ${constants.harm})` : "";
      of(key, "predicts").textContent = regime === "nothing" ? `says nothing here: ${reason}.` : `predicts ${regime}${meant}: ${reason}.`;
    }
  }
  const of = (key, what) => $(`run-${key}`).querySelector(`[data-of="${what}"]`);

  // --- the two runs

  const runs = { sgd: null, sam: null };
  let waiting = 0, source = null;
  const running = () => waiting || OPTIMISERS.some((key) => runs[key] && runs[key].worker);
  const seedOf = (key) => (key === "sam" && !state.same ? (state.seed + 1) % 2 ** 32 : state.seed);
  const phasesOf = (key) => [...(key === "sam" && state.sam ? [{ rule: "sam", epochs: state.sam, tau: state.tau }] : []), { rule: "sgd", epochs: constants.at_most }];
  function halt(why) {
    clearTimeout(waiting);
    waiting = 0;
    for (const key of OPTIMISERS) {
      const run = runs[key];
      if (!run || !run.worker) continue;
      run.worker.terminate();
      run.worker = null;
      run.stopped = why;
    }
    paint();
  }
  function start() {
    halt("");
    moment = null;
    source ??= URL.createObjectURL(new Blob([$("engine").textContent, "\nonmessage = (e) => lab.live(e.data, (frame) => postMessage(frame));"], { type: "text/javascript" }));
    for (const key of OPTIMISERS) {
      const run = runs[key] = { frames: [], phases: phasesOf(key), s: setting(state), address: address(), seed: seedOf(key), began: performance.now(), worker: new Worker(source) };
      run.worker.onmessage = ({ data }) => {
        if (runs[key] !== run) return;
        if (data.failed) run.failed = data.failed;
        else run.frames.push(data);
        if (data.failed || data.done) {
          run.worker.terminate();
          run.worker = null;
          if (data.done) showPython();
        }
        paint();
      };
      run.worker.onerror = (e) => { run.failed = e.message; run.worker = null; paint(); };
      run.worker.postMessage({ s: run.s, seed: run.seed, phases: run.phases, tol: constants.epsilon, frames: 800, last: 20000, tau: state.tau });
    }
    paint();
  }

  function showRun(key) {
    const run = runs[key], last = run && run.frames.at(-1), place = $(`run-${key}`), bar = place.querySelector("progress");
    if (!last) {
      for (const [what, text] of [["error", "…"], ["stderr", ""], ["verdict", ""], ["state", (run && run.failed) || "drawing the data"]]) of(key, what).textContent = text;
      bar.value = 0;
      return;
    }
    const { error, loss, epoch, phase, done } = last, stage = run.phases[phase], first = run.frames[0].loss;
    of(key, "error").textContent = error.value.toFixed(3);
    of(key, "stderr").textContent = `test error, ± ${error.stderr.toFixed(4)}`;
    const fitted = clamp((first - loss) / (first - constants.epsilon), 0, 1), sam = run.phases.length > 1 ? run.phases[0].epochs : 0;
    bar.value = done || run.failed ? 1 : stage.rule === "sam" ? 0.7 * epoch / sam : sam ? 0.7 + 0.3 * fitted : fitted;
    let text = stage.rule === "sam" ? `SAM stage, epoch ${number(epoch)} of ${number(sam)}` : `SGD, epoch ${number(epoch)}`;
    text += `; loss ${loss.toFixed(3)}`;
    if (done) text = loss <= constants.epsilon ? `fitted: loss ${constants.epsilon} after ${plural(epoch, "epoch")}` : `not fitted: loss ${loss.toFixed(3)} after ${plural(epoch, "epoch")}, where this page stops`;
    if (run.stopped) text += `; ${run.stopped}`;
    if (run.failed) text = run.failed[0].toUpperCase() + run.failed.slice(1);
    const spent = (performance.now() - run.began) / 1000, share = sam && epoch / sam;
    if (run.worker && stage.rule === "sam" && spent > 1.5 && share) text += `; about ${Math.ceil(spent * (1 / share - 1))} s to the switch`;
    of(key, "state").textContent = text;
    const verdict = judge(key, last, run), badge = element("b", { class: verdict[0] }, verdict[1]);
    of(key, "verdict").replaceChildren(...(verdict[1] ? [badge, ` ${verdict[2]}`] : []));
  }
  function judge(key, last, run) {
    const regime = said[key].says, beyond = last.error.value - state.p, room = 3 * last.error.stderr;
    if (!last.done || run.failed) return ["", ""];
    const seen = beyond >= constants.harm ? "harmful" : beyond <= constants.epsilon ? "benign" : "in between";
    if (regime === "nothing") return ["open", "not compared", `This run ends ${seen}.`];
    if (last.loss > constants.epsilon) return ["open", "not compared", "The theorem speaks of a fitted network."];
    const slack = regime === "benign" ? constants.epsilon - beyond : beyond - constants.harm;
    if (Math.abs(slack) < room) return ["open", "too close to tell", `This run ends ${seen}.`];
    if (slack > 0) return ["agrees", "this run agrees", ""];
    return ["disagrees", "this run disagrees", `It ends ${seen}; the theorem allows that in a share ${constants.delta} of runs.`];
  }

  // --- pictures

  const SVG = "http://www.w3.org/2000/svg";
  function draw(parent, tag, attributes = {}, text = "") {
    const e = document.createElementNS(SVG, tag);
    for (const [name, v] of Object.entries(attributes)) e.setAttribute(name, typeof v === "number" ? Math.round(v * 10) / 10 : v);
    e.textContent = text;
    parent.append(e);
    return e;
  }
  function canvasOf(id, height) {
    const svg = $(id), width = Math.max(svg.parentElement.clientWidth, 240);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    return [svg, width];
  }
  function ticks(high, count) {
    const raw = high / count, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find((k) => k * power >= raw) * power;
    return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
  }
  function end(svg, key, x, y) {
    if (key === "sgd") draw(svg, "circle", { class: "sgd", cx: x, cy: y, r: 4.5 });
    else draw(svg, "rect", { class: "sam", x: x - 4, y: y - 4, width: 8, height: 8 });
  }
  const path = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
  // Labels on one side keep a line's distance from each other
  function apart(labels, gap = 14) {
    labels.sort((a, b) => a.y - b.y);
    for (let k = 1; k < labels.length; k++) labels[k].y = Math.max(labels[k].y, labels[k - 1].y + gap);
  }

  function race() {
    const height = 300, [svg, width] = canvasOf("race", height), left = 44, right = width - 78, top = 8, bottom = height - 36;
    const frames = OPTIMISERS.flatMap((key) => (runs[key] ? runs[key].frames : []));
    const most = (name, least) => 1.08 * Math.max(least, ...frames.map((f) => f[name]));
    const xm = most("signal", 0.25), ym = most("noise", 3), x = (v) => left + v / xm * (right - left), y = (v) => bottom - v / ym * (bottom - top);
    for (const v of ticks(ym, 4)) {
      draw(svg, "path", { class: "rule", d: `M${left},${y(v)}H${right}` });
      draw(svg, "text", { class: "tick", x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v));
    }
    for (const v of ticks(xm, 4)) draw(svg, "text", { class: "tick", x: x(v), y: bottom + 15, "text-anchor": "middle" }, number(v));
    draw(svg, "path", { class: "axis", d: `M${left},${top}V${bottom}H${right}` });
    draw(svg, "text", { class: "tick", x: right, y: bottom + 31, "text-anchor": "end" }, "signal learned γ →");
    draw(svg, "text", { class: "tick", transform: `translate(12,${bottom}) rotate(-90)` }, "noise learned ρ̄ →");
    const labels = [];
    for (const key of OPTIMISERS) {
      const run = runs[key], last = run && run.frames.at(-1);
      if (!last) continue;
      draw(svg, "path", { class: key, d: path(run.frames.map((f) => [x(f.signal), y(f.noise)])) });
      const turn = run.phases.length > 1 && run.frames.findLast((f) => f.phase === 0);
      if (turn && last.phase === 1) {
        draw(svg, "rect", { class: "hollow", x: x(turn.signal) - 3.5, y: y(turn.noise) - 3.5, width: 7, height: 7 });
        draw(svg, "text", { class: "tick halo", x: x(turn.signal) + 9, y: y(turn.noise) - 5 }, "the switch");
      }
      end(svg, key, x(last.signal), y(last.noise));
      labels.push({ x: x(last.signal) + 9, y: y(last.noise) + 4, text: `${NAMES[key]} ${last.error.value.toFixed(2)}` });
    }
    if (labels.length === 2 && Math.abs(labels[0].x - labels[1].x) < 90) apart(labels);
    for (const label of labels) draw(svg, "text", { class: "end halo", x: label.x, y: Math.max(label.y, 14) }, label.text);
    svg.setAttribute("aria-label", OPTIMISERS.map((key) => {
      const last = runs[key] && runs[key].frames.at(-1);
      return last ? `${NAMES[key]}: signal learned ${last.signal.toFixed(2)}, noise learned ${last.noise.toFixed(2)}, test error ${last.error.value.toFixed(2)}` : "";
    }).join("; "));
  }

  function curves() {
    const height = 300, [svg, width] = canvasOf("curves", height), left = 44, right = width - 78;
    const frames = OPTIMISERS.flatMap((key) => (runs[key] ? runs[key].frames : []));
    const xm = Math.max(100, runs.sam && runs.sam.phases.length > 1 && runs.sam.worker ? Math.min(runs.sam.phases[0].epochs, 1e9) : 0, ...frames.map((f) => f.epoch));
    const x = (v) => left + v / xm * (right - left), p = state.p;
    const panels = [
      { top: 8, bottom: 148, most: 0.52, name: "test error", of: (f) => f.error.value, marks: [[p, "p"], [p + constants.harm, `p + ${constants.harm}`]] },
      { top: 172, bottom: 264, most: Math.max(0.75, ...frames.map((f) => f.loss)), name: "loss", of: (f) => f.loss, marks: [[constants.epsilon, `${constants.epsilon}`]] },
    ];
    if (state.sam && state.sam < xm) {
      draw(svg, "path", { class: "level", d: `M${x(state.sam)},8V264` });
      draw(svg, "text", { class: "tick halo", x: x(state.sam) - 5, y: 164, "text-anchor": "end" }, "the switch");
    }
    for (const panel of panels) {
      const y = (v) => panel.bottom - clamp(v / panel.most, 0, 1) * (panel.bottom - panel.top), labels = [];
      for (const v of ticks(panel.most, 3)) {
        draw(svg, "path", { class: "rule", d: `M${left},${y(v)}H${right}` });
        draw(svg, "text", { class: "tick", x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v));
      }
      for (const [v, text] of panel.marks) {
        draw(svg, "path", { class: "level", d: `M${left},${y(v)}H${right}` });
        labels.push({ y: y(v) + 4, text, class: "tick halo" });
      }
      for (const key of OPTIMISERS) {
        const run = runs[key], last = run && run.frames.at(-1);
        if (!last) continue;
        const side = (sign) => run.frames.map((f) => [x(f.epoch), y(panel.of(f) + 2 * sign * f.error.stderr)]);
        if (panel.name !== "loss") draw(svg, "path", { class: `band ${key}`, d: `${path(side(1))}L${path(side(-1).reverse()).slice(1)}Z` });
        draw(svg, "path", { class: key, d: path(run.frames.map((f) => [x(f.epoch), y(panel.of(f))])) });
        end(svg, key, x(last.epoch), y(panel.of(last)));
        if (x(last.epoch) > right - 40) labels.push({ y: y(panel.of(last)) + 4, text: NAMES[key], class: "end halo" });
        else draw(svg, "text", { class: "end halo", x: x(last.epoch) + 9, y: Math.max(y(panel.of(last)) - 7, panel.top + 8) }, NAMES[key]);
      }
      apart(labels, 13);
      for (const label of labels) draw(svg, "text", { class: label.class, x: right + 9, y: label.y }, label.text);
      draw(svg, "path", { class: "axis", d: `M${left},${panel.top}V${panel.bottom}H${right}` });
      draw(svg, "text", { class: "tick", transform: `translate(12,${panel.bottom}) rotate(-90)` }, panel.name);
    }
    for (const v of ticks(xm, 3)) draw(svg, "text", { class: "tick", x: x(v), y: 279, "text-anchor": "middle" }, number(v));
    draw(svg, "text", { class: "tick", x: right, y: 295, "text-anchor": "end" }, "epochs →");
  }

  // The moment that the grids show: the last frame while it runs; then the end of the SAM stage, or what the hand chose
  let moment = null;
  const final = () => Math.max(1, ...OPTIMISERS.map((key) => (runs[key] && runs[key].frames.at(-1) || { epoch: 0 }).epoch));
  function frameAt(run) {
    const at = moment ?? (running() || !state.sam ? Infinity : state.sam);
    return run.frames.findLast((f) => f.epoch <= at);
  }
  function showMoment() {
    const at = Math.min(moment ?? (running() || !state.sam ? Infinity : state.sam), final());
    $("moment").value = Math.round(1000 * at / final());
    $("moment-at").textContent = `epoch ${number(Math.round(at))}${at === state.sam ? ", the switch" : at < final() ? "" : running() ? ", now" : ", the end"}`;
  }
  function grid(key) {
    const run = runs[key], canvas = $(`grid-${key}`), { n, m } = state, width = canvas.parentElement.clientWidth;
    const cell = clamp(Math.floor((width - 6) / n), 2, 12), high = clamp(Math.floor(190 / (2 * m)), 2, cell), last = run && frameAt(run);
    const gap = 4, ratio = 2, pen = canvas.getContext("2d");
    canvas.width = (n * cell + gap) * ratio;
    canvas.height = (2 * m * high + gap) * ratio;
    canvas.style.width = `${n * cell + gap}px`;
    canvas.style.height = `${2 * m * high + gap}px`;
    pen.scale(ratio, ratio);
    if (!last || last.on.length !== 2 * m * n) return;
    const y = run.frames[0].y, columns = [...y.keys()].sort((a, b) => y[b] - y[a] || a - b), firsts = y.filter((v) => v > 0).length;
    let on = 0, still = 0;
    for (let f = 0; f < 2 * m; f++) {
      columns.forEach((i, k) => {
        const own = (f < m) === y[i] > 0, v = last.on[f * n + i];
        const left = k * cell + (k >= firsts ? gap : 0), top = f * high + (f >= m ? gap : 0), w = cell - (cell > 3 ? 1 : 0), h = high - (high > 3 ? 1 : 0);
        on += own && v & 1;
        still += own && v === 3;
        const colour = own ? given.colours[key] : "#6e6e6e";
        pen.globalAlpha = v & 1 ? (v === 3 ? 1 : 0.28) : 1;
        pen.fillStyle = v & 1 ? colour : own ? "#eceff2" : "#f6f8f9";
        pen.fillRect(left, top, w, h);
        if (v === 2) {
          pen.fillStyle = colour;
          pen.fillRect(left + w / 4, top + h / 4, w / 2, h / 2);
        }
      });
    }
    const text = `Own-class pairs (in colour) at epoch ${number(last.epoch)}: ${number(on)} on at W, of these ${number(still)} still on at W + ε.`;
    document.querySelector(`[data-grid="${key}"]`).textContent = text;
    canvas.setAttribute("aria-label", `${NAMES[key]}, filters by samples. ${text}`);
  }

  function phase(key) {
    const height = 250, [svg, width] = canvasOf(`phase-${key}`, height), left = 38, right = width - 8, top = 6, bottom = height - 32, { sweep } = given;
    const x = (d) => left + (Math.log10(d) - 2) / 10 * (right - left), y = (v) => bottom - Math.log10(v / 0.5) / 3 * (bottom - top);
    const edge = (values, k) => Math.sqrt(values[clamp(k, 1, values.length - 1)] / values[clamp(k, 1, values.length - 1) - 1]);
    draw(svg, "rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "#eceff2" });
    sweep.d.forEach((d, a) => sweep.mu_norm.forEach((v, b) => {
      const [dx, dy] = [edge(sweep.d, a), edge(sweep.mu_norm, b)], x0 = x(d / dx), y0 = Math.max(y(v * dy), top);
      draw(svg, "rect", { x: x0, y: y0, width: x(d * dx) - x0 + 0.6, height: y(v / dy) - y0 + 0.6, fill: sweep.colours[key][a][b] });
    }));
    const across = (of) => {
      const points = [];
      for (let k = 2; k <= 12.001; k += 0.1) {
        const v = of({ ...state, d: 10 ** k });
        if (v >= 0.5 && v <= 500) points.push([x(10 ** k), y(v)]);
      }
      return points;
    };
    const limits = key === "sgd"
      ? [[(t) => constants.C_3 * lab.threshold_sgd(t), "SGD harmful below", 16], [(t) => constants.C_1 * lab.threshold_sgd(t), "SGD benign above", -8]]
      : [[(t) => lab.threshold_sam(t) * said.sam_from / lab.threshold_sam(state), "SAM benign above", -7]];
    for (const [of, text, shift] of limits) {
      const points = across(of);
      if (points.length < 2) continue;
      draw(svg, "path", { d: path(points), fill: "none", stroke: "#ffffff", "stroke-width": "4" });
      draw(svg, "path", { d: path(points), fill: "none", stroke: "#1a1f25", "stroke-width": "1.6" });
      const [px, py] = points.findLast((point) => point[1] > top + 18) ?? points[0];
      draw(svg, "text", { class: "halo", x: px - 4, y: py + shift, "text-anchor": "end" }, text);
    }
    for (const [k, text] of [[2, "10²"], [4, "10⁴"], [6, "10⁶"], [8, "10⁸"], [10, "10¹⁰"], [12, "10¹²"]])
      draw(svg, "text", { class: "tick", x: x(10 ** k), y: bottom + 15, "text-anchor": "middle" }, text);
    for (const v of [1, 10, 100]) draw(svg, "text", { class: "tick", x: left - 5, y: y(v) + 4, "text-anchor": "end" }, `${v}`);
    draw(svg, "text", { class: "tick", x: right, y: bottom + 29, "text-anchor": "end" }, "dimension d →");
    draw(svg, "text", { class: "tick", transform: `translate(10,${bottom}) rotate(-90)` }, "signal ‖μ‖ →");
    const [px, py] = [x(state.d), y(state.mu_norm)];
    draw(svg, "circle", { cx: px, cy: py, r: 8, fill: "none", stroke: "#ffffff", "stroke-width": "5" });
    draw(svg, "circle", { cx: px, cy: py, r: 8, fill: "none", stroke: given.colours[key], "stroke-width": "3" });
    svg.setAttribute("aria-label", `${NAMES[key]}: d = ${number(state.d)}, signal ${number(state.mu_norm)}`);
  }

  let asked = false, static_ = true;
  function paint(all = false) {
    static_ ||= all;
    if (asked) return;
    asked = true;
    setTimeout(() => requestAnimationFrame(() => {  // a dozen times a second: the workers need the machine
      asked = false;
      for (const key of OPTIMISERS) {
        showRun(key);
        grid(key);
        if (static_) phase(key);
      }
      showMoment();
      race();
      curves();
      static_ = false;
      $("lab").classList.toggle("stale", OPTIMISERS.some((key) => runs[key] && runs[key].address !== address()));
      $("stop").textContent = running() ? "Stop" : "Run again";
    }), static_ ? 0 : 80);
  }

  // --- take it home

  const file = (seed) => `samverify-sample-${seed}.npz`;
  function showPython() {
    const s = state, shuffled = s.B < s.n, seeds = OPTIMISERS.map(seedOf);
    const arguments_ = SETTING.map((name) => `${name}=${s[name]}`).join(", ");
    const rows = OPTIMISERS.map((key, k) => {
      const run = runs[key], last = run && run.address === address() && run.frames.at(-1), done = last && last.done;
      let left = done ? last.epoch : Infinity;
      const phases = phasesOf(key).map((one) => {
        const epochs = Math.min(one.epochs, left);
        left -= epochs;
        return epochs ? `Phase("${one.rule}", epochs=${epochs}${one.tau === undefined ? "" : `, tau=${one.tau}`})` : "";
      }).filter(Boolean).join(", ");
      const seen = done ? `  # here: loss ${last.loss.toPrecision(10)}, test error ${last.error.value.toFixed(4)}` : "";
      return `    ("${NAMES[key]}", ${seeds[k]}, [${phases}]),${seen}`;
    });
    $("python").textContent = `from dynamics import Phase, Sample, Setting, test_error, train
${shuffled ? "from figures.explore.order import orders\n" : ""}
s = Setting(${arguments_})
for name, seed, phases in [
${rows.join("\n")}
]:
    x = Sample.load(f"samverify-sample-{seed}.npz")  # saved by this page
${shuffled ? "    batches = orders(s, seed, sum(phase.epochs for phase in phases))\n" : ""}    path = train(s, x, phases, ${shuffled ? "batches=batches, " : ""}tol=${constants.epsilon}, record_every="geometric")
    print(name, path.epoch[-1], path.loss[-1], test_error(s, x, path.weights(-1)))
`;
  }
  async function copy() {
    const text = $("python").textContent;
    try {
      await navigator.clipboard.writeText(text);
      $("taken").textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren($("python"));
      const done = document.execCommand("copy");
      $("taken").textContent = done ? "Copied." : "Marked below: copy it from there.";
    }
  }

  function save() {
    const letters = (text) => Uint32Array.from(text, (c) => c.codePointAt(0)), whole = (values) => BigInt64Array.from(values, BigInt);
    for (const seed of new Set(OPTIMISERS.map(seedOf))) {
      const s = setting(state), x = lab.draw(s, seed), D = x.mu.length, kind = "samverify sample 1", about = "null";
      const blob = npz([
        ["format", `<U${kind.length}`, [], letters(kind)], ["about", `<U${about.length}`, [], letters(about)],
        ["mu", "<f8", [D], x.mu], ["xi", "<f8", [s.n, D], x.xi], ["w0", "<f8", [2, s.m, D], x.w0],
        ...["y", "y_hat", "signal_patch"].map((name) => [name, "<i8", [s.n], whole(x[name])]),
      ]);
      const link = element("a", { href: URL.createObjectURL(blob), download: file(seed) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      $("taken").textContent = `Saved ${file(seed)}.`;
    }
  }

  // --- together

  function showStory() {
    for (const one of given.stories) {
      const place = $(`story-${one.name}`), link = place.querySelector("a");
      if (one.name === story) {
        link.setAttribute("aria-current", "true");
        $("told").replaceChildren(...[...place.querySelectorAll("p")].map((p) => p.cloneNode(true)));
      } else link.removeAttribute("aria-current");
    }
    if (!story) $("told").replaceChildren(element("p", { class: "text" }, "Your own setting. Its address holds all of it."), element("p", { class: "shows" }, element("code", {}, `samverify predict --from '${address()}'`), " gives the same margins."));
  }
  function show() {
    $("taken").textContent = "";
    showControls();
    showTheory();
    showStory();
    showPython();
    paint(true);
  }
  function moved() {
    history.replaceState(null, "", `#${address()}`);
    $("note").hidden = true;
    halt("");
    show();
    waiting = setTimeout(start, 150);
  }
  function open() {
    const text = location.hash.slice(1);
    if (text === "lab" && state) return;
    const wrong = text === "" || text === "lab" ? "" : read(text);
    if (wrong || text === "" || text === "lab") read(`story=${given.stories[0].name}`);
    $("note").hidden = !wrong;
    $("note").textContent = wrong && `This address is not one of this page's (${wrong}), so here is the first story.`;
    halt("");
    show();
    start();
  }
  const about = given.sweep.about;
  $("phase-about").textContent = `Ring: your setting. Colour, from dark to light: mean test error from p to 1/2 in a kept sweep (n = ${about.n}, m = ${about.m}, P = ${about.P}, B = ${about.B}, p = ${about.p}; ${about.replicas} runs a cell). Lines: the thresholds for your n and P.`;
  build();
  $("moment").addEventListener("input", () => {
    moment = Number($("moment").value) / 1000 * final();
    paint();
  });
  $("copy").addEventListener("click", copy);
  $("save").addEventListener("click", save);
  addEventListener("hashchange", open);
  addEventListener("resize", () => paint(true));
  open();
})();
