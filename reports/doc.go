// Package reports turns observations into a report that a colleague would believe.
//
//	observations ── Tally ──> Run ──┐
//	verdicts, network, conditions ──┴─> Report ──> HTML, Markdown, JSON, Terminal; Write for a directory
//
// Its laws:
//   - A Report is plain data, and results.json is all of it: Read gives back what JSON
//     wrote, so a report can be rendered again without its observations.
//   - The verdict comes first. A run that shows nothing is void, never good.
//   - No number stands without the condition it was got under, nor without its doubts:
//     quantiles that rest on too few samples are marked by every renderer.
//   - What is modelled is called a model: delays are injected, and the runtime is the
//     reference implementation, not Cloudflare's.
//   - Durations are time.Duration's nanoseconds inside (Micros), and microseconds
//     outside, with the unit in the name.
package reports
