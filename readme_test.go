package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Commands in the README are run as they stand there. Those that a reader waits
// a minute for are only parsed; `make bench` and the tests of suites run them.
func TestReadmeCommandsRun(t *testing.T) {
	inFull(t)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.SplitSeq(block[1], "\n") {
			shown, ok := strings.CutPrefix(line, "$ ")
			if !ok {
				continue
			}
			found++
			shown, _, _ = strings.Cut(shown, "  #")
			args, err := splitLine(shown)
			if err != nil {
				t.Fatal(err)
			}
			runShown(t, args)
		}
	}
	if found < 6 {
		t.Errorf("%d commands found in the README: the test looks for them in the wrong way", found)
	}
}

// shownCodes are the exit codes that the README promises, where they are not 0.
var shownCodes = map[string]int{"lost-update": exitViolated, "--primitive kv": exitViolated}

func runShown(t *testing.T, args []string) {
	t.Helper()
	switch {
	case args[0] == "make" || args[0] == "git" || args[0] == "cd":
		makefile, err := os.ReadFile("Makefile")
		if err != nil {
			t.Fatal(err)
		}
		if args[0] == "make" && len(args) > 1 && !strings.Contains(string(makefile), "\n"+args[1]+":") {
			t.Errorf("README: make %s: no such target", args[1])
		}
		return
	case len(args) < 4 || strings.Join(args[:3], " ") != "go run .":
		t.Errorf("README: %q is no command of ours", args)
		return
	}
	verb := args[3:]
	switch verb[0] {
	case "serve": // until it is interrupted
		verb = []string{"serve", "--help"}
	case "suite":
		if _, _, err := readSuite(verb[1]); err != nil {
			t.Errorf("README: %v: %v", args, err)
		}
		return
	case "check", "report": // of a directory that the reader has
		verb = []string{verb[0], "--help"}
	case "run":
		verb = append(verb, "-o", t.TempDir())
	}
	want := 0
	for word, code := range shownCodes {
		if strings.Contains(strings.Join(verb, " "), word) {
			want = code
		}
	}
	if code, out, errs := command(t, verb...); code != want && code != exitNotRun {
		t.Errorf("README: %v: exit code %d, want %d\n%s\n%s", args, code, want, out, errs)
	}
}
