package main

import (
	"fmt"
	"io"
	"strings"
)

// verdict is what became of a scenario.
type verdict int

const (
	equal    verdict = iota
	differs          // as it is meant to
	open             // as it is known to, until it is mended
	mended           // it was known to, and did not
	mismatch         // and nobody knew
	stale            // it was meant to differ, and does not
)

func (v verdict) String() string {
	return [...]string{"equal", "deliberate difference", "open difference", "MENDED", "MISMATCH", "NO LONGER DIFFERENT"}[v]
}

// fails says whether the verdict is one that nobody expected. That an open difference is not seen may be chance.
func (v verdict) fails() bool { return v == mismatch || v == stale }

// expected is what should become of a scenario.
func (s scenario) expected() verdict {
	switch {
	case s.Differs != "":
		return differs
	case s.Open != "":
		return open
	}
	return equal
}

// outcome is a scenario with the two transcripts.
type outcome struct {
	scenario     scenario
	theirs, ours []string
}

func (o outcome) verdict() verdict {
	expected := o.scenario.expected()
	same := len(o.differing()) == 0
	switch {
	case same && expected == differs:
		return stale
	case same && expected == open:
		return mended
	case !same && expected == equal:
		return mismatch
	}
	return expected
}

// differing are the lines in which the transcripts differ.
func (o outcome) differing() []int {
	var lines []int
	for i := range max(len(o.theirs), len(o.ours)) {
		if lineOf(o.theirs, i) != lineOf(o.ours, i) || strings.Contains(lineOf(o.theirs, i), "\tfailed: ") {
			lines = append(lines, i)
		}
	}
	return lines
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// show writes the lines that differ, as both sides answered them.
func (o outcome) show(w io.Writer) {
	fmt.Fprintf(w, "%s: %s/%s (%s) %s\n", o.verdict(), o.scenario.Group, o.scenario.Name, o.scenario.Section, o.scenario.Story)
	for _, i := range o.differing() {
		asked, theirs, _ := strings.Cut(lineOf(o.theirs, i), "\t")
		_, ours, _ := strings.Cut(lineOf(o.ours, i), "\t")
		fmt.Fprintf(w, "    %s\n      workerd:   %s\n      durabench: %s\n", short(asked), short(theirs), short(ours))
	}
}

func short(text string) string {
	const most = 600
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// table counts the outcomes of each group.
func table(w io.Writer, all []outcome) {
	counts := map[string]*[stale + 1]int{}
	var groups []string
	sum := &[stale + 1]int{}
	for _, o := range all {
		if counts[o.scenario.Group] == nil {
			counts[o.scenario.Group] = &[stale + 1]int{}
			groups = append(groups, o.scenario.Group)
		}
		counts[o.scenario.Group][o.verdict()]++
		sum[o.verdict()]++
	}
	counts["all"] = sum
	fmt.Fprintf(w, "%-14s %9s %6s %11s %5s %11s\n", "", "scenarios", "equal", "deliberate", "open", "mismatches")
	for _, g := range append(groups, "all") {
		c := counts[g]
		n := 0
		for _, x := range c {
			n += x
		}
		fmt.Fprintf(w, "%-14s %9d %6d %11d %5d %11d\n", g, n, c[equal], c[differs], c[open]+c[mended], c[mismatch]+c[stale])
	}
}
