// Numbers and formulas as they are read.
"use strict";
globalThis.words = (() => {
  const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  function number(v, digits = 3) {
    if (v === Infinity) return "∞";
    if (v === 0) return "0";
    if (Math.abs(v) >= 1e-3 && Math.abs(v) < 1e7) {
      const round = Number(v.toPrecision(Math.abs(v) < 1000 ? digits : 7));
      return (Math.abs(v) >= 1000 ? Math.round(round) : round).toLocaleString("en-US", { maximumFractionDigits: 6 });
    }
    const [factor, power] = v.toExponential(digits - 1).split("e");
    const raised = [...power.replace("+", "")].map((c) => RAISED[c]).join("");
    return Number(factor) === 1 ? `10${raised}` : `${Number(factor)}·10${raised}`;
  }
  const plural = (k, word) => `${number(k)} ${word}${k === 1 ? "" : "s"}`;
  const WORDS = [
    ["||mu||", "‖μ‖"], ["sigma_p", "σₚ"], ["sigma_0", "σ₀"], ["eta", "η"], ["delta", "δ"], ["^(3/2)", "^³ᐟ²"], ["^2", "²"],
    ["^³ᐟ²", "³ᐟ²"], ["sqrt(n)", "√n"],
  ];
  const formula = (text) => WORDS.reduce((t, [from, to]) => t.replaceAll(from, to), text);
  return { number, plural, formula };
})();
