package main

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"path"
	"strings"
)

//go:embed scenarios/*.txt
var files embed.FS

// written are the scenarios of all files. Two of one name are refused: names keep objects apart.
func written() ([]scenario, error) {
	entries, err := files.ReadDir("scenarios")
	if err != nil {
		return nil, fmt.Errorf("list scenarios: %w", err)
	}
	var all []scenario
	names := map[string]bool{}
	for _, e := range entries {
		text, err := files.ReadFile("scenarios/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read scenarios: %w", err)
		}
		group, err := parseScenarios(strings.TrimSuffix(e.Name(), path.Ext(e.Name())), text)
		if err != nil {
			return nil, err
		}
		for _, s := range group {
			if names[s.Name] {
				return nil, fmt.Errorf("%s: two scenarios are called %s", e.Name(), s.Name)
			}
			names[s.Name] = true
		}
		all = append(all, group...)
	}
	return all, nil
}

// writeTable writes the table of behaviours for the documentation.
func writeTable(w io.Writer, all []outcome, version string) {
	fmt.Fprintf(w, "# Conformance\n\n")
	fmt.Fprintf(w, "What `durabench serve` does beside Cloudflare's own open runtime (%s), both asked the same.\n", version)
	fmt.Fprintf(w, "`make conform` asks again; `go run ./scripts/conform --table scripts/conform/CONFORMANCE.md` writes this file.\n")
	fmt.Fprintf(w, "Each row is a scenario of [scenarios](scenarios), told to both; the numbers are sections of the specification\nthat the scenarios are drawn from. Equal means: same status, headers, bodies, messages in the same order, and storage afterwards.\n\n")
	fmt.Fprintf(w, "```\n")
	table(w, all)
	fmt.Fprintf(w, "```\n\n")
	writeDifferences(w, "## Deliberate differences\n", all, differs)
	writeDifferences(w, "## Open differences\n", all, open)
	group := ""
	for _, o := range all {
		if o.scenario.Group != group {
			group = o.scenario.Group
			fmt.Fprintf(w, "## %s\n\n| § | behaviour | workerd and durabench |\n|---|---|---|\n", group)
		}
		v := o.verdict()
		if v == mended {
			v = open // until somebody says that it is no chance
		}
		fmt.Fprintln(w, tableRow(o.scenario, v))
		if next(all, o) != group {
			fmt.Fprintln(w)
		}
	}
}

func tableRow(s scenario, v verdict) string {
	return fmt.Sprintf("| %s | %s | %s |", s.Section, cell(s.Story), v)
}

// next is the group of the outcome after this one.
func next(all []outcome, o outcome) string {
	for i := range all[:len(all)-1] {
		if all[i].scenario.Name == o.scenario.Name {
			return all[i+1].scenario.Group
		}
	}
	return ""
}

func writeDifferences(w io.Writer, title string, all []outcome, which verdict) {
	begun := false
	for _, o := range all {
		if o.verdict() != which {
			continue
		}
		if !begun {
			fmt.Fprintf(w, "%s\n| § | behaviour | workerd | ours | reason |\n|---|---|---|---|---|\n", title)
			begun = true
		}
		theirs, ours := o.firstDifference()
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", o.scenario.Section, cell(o.scenario.Story), code(theirs), code(ours),
			cell(cmp.Or(o.scenario.Differs, o.scenario.Open)))
	}
	if begun {
		fmt.Fprintln(w)
	}
}

func (o outcome) firstDifference() (theirs, ours string) {
	for _, i := range o.differing() {
		_, theirs, _ = strings.Cut(lineOf(o.theirs, i), "\t")
		_, ours, _ = strings.Cut(lineOf(o.ours, i), "\t")
		return theirs, ours
	}
	return "", ""
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func code(text string) string {
	const most = 90
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return "`" + cell(text) + "`"
}
