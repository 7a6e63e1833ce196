package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// writeRecord writes what workerd answered to the written scenarios, so that durabench can be held
// against it where workerd is not to be had.
func writeRecord(w io.Writer, all []outcome) {
	for _, o := range all {
		if o.scenario.Group == randomGroup {
			continue
		}
		fmt.Fprintf(w, "== %s\n", o.scenario.Name)
		for _, line := range o.theirs {
			fmt.Fprintln(w, line)
		}
	}
}

// readRecord reads what writeRecord wrote, by the names of the scenarios.
func readRecord(text []byte) (map[string][]string, error) {
	record := map[string][]string{}
	name := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if header, ok := strings.CutPrefix(line, "== "); ok {
			name = header
			continue
		}
		record[name] = append(record[name], line)
	}
	return record, lines.Err()
}
