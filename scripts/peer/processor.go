package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// processorTime is what a process and all that descend from it have used so far, by /proc; zero
// where there is none. On a busy machine it says more than a rate: durabench's includes its Postgres.
func processorTime(root int) time.Duration {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	parents, used := map[int]int{}, map[int]time.Duration{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		if pid, parent, cpu, ok := parseStat(string(text)); ok {
			parents[pid], used[pid] = parent, cpu
		}
	}
	var sum time.Duration
	for pid, cpu := range used {
		for at := pid; at != 0; at = parents[at] {
			if at == root {
				sum += cpu
				break
			}
		}
	}
	return sum
}

// tick is the unit of /proc/PID/stat on every Linux that Go knows.
const tick = 10 * time.Millisecond

// parseStat reads the fields behind the name, which may itself hold blanks and parentheses.
func parseStat(text string) (pid, parent int, used time.Duration, ok bool) {
	first, _, _ := strings.Cut(text, " ")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, 0, 0, false
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		ok = ok && err == nil
		return n
	}
	ok = true
	pid, parent = number(first), number(fields[1])
	used = time.Duration(number(fields[11])+number(fields[12])) * tick
	return pid, parent, used, ok
}
