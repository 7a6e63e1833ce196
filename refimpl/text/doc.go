// Package text holds what several writers do to one text: changes, how two that
// were made at the same time are brought into one order, and a writer's replica.
//
// The approach is operational transformation with one place that orders, the
// line of Jupiter, Google Wave, ShareDB and CodeMirror's collab. It was taken
// because a durable object is that one place: it gives each change the next
// version, and a writer rebases what is not acknowledged yet over what came
// before. So only one law has to hold of a pair of changes (TP1, see Rebase);
// without a centre a second one (TP2) would be needed, which is where such
// systems go wrong. Replicated types without a centre (RGA, Fugue, YATA) would
// do as well; they pay with an identity for each character, kept for ever.
//
//	object    version 7 ── change 8 of Ann ── change 9 of Bob, rebased over 8
//	Bob       version 7 ── his own, shown at once ── 8 arrives, his is rebased ── acknowledged as 9
//
// No library is used: the ports of ot.js and ShareDB's types to Go that exist
// have not been kept for years, and the parts needed are three small functions.
//
// Lengths and positions count Unicode code points, as ShareDB's text-unicode
// does; in JavaScript they index Array.from(text).
package text
