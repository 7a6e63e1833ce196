package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
)

// checkCmd is the verb check.
type checkCmd struct {
	Path string `arg:"" help:"A directory of results, or a file of observations (observations.jsonl.gz)."`
}

// Help is what `durabench check --help` teaches.
func (checkCmd) Help() string {
	return `Reads what clients saw and judges it again, run by run, by the laws of its class.
Exit code 0: every law held. 1: one was violated; its witness is printed. 3: too little evidence.`
}

// Run judges every section of the file.
func (k checkCmd) Run(c console) error {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	path := k.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, observationsFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return badUsage(k.without(err))
	}
	defer file.Close()
	reader, err := loadgen.NewReader(file)
	if err != nil {
		return badUsage(err)
	}
	worst := check.OK
	for {
		ruling, err := judgeSection(c, places, reader)
		if err != nil {
			return err
		}
		worst = worse(worst, ruling)
		if err := reader.NextRun(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return badUsage(err)
		}
	}
	switch worst {
	case check.Violated:
		return failure{code: exitViolated}
	case check.Unknown:
		return failure{code: exitNotRun}
	}
	return nil
}

// without says why there are no observations, if the directory of results tells.
func (k checkCmd) without(missing error) error {
	if !errors.Is(missing, fs.ErrNotExist) {
		return missing
	}
	report, err := openReport(resultsIn(k.Path))
	switch {
	case err == nil && report.Placement != nil:
		return fmt.Errorf("%s is a comparison of placement, made on paper: it has no observations to judge; durabench report shows it", k.Path)
	case err == nil:
		return fmt.Errorf("%s has results, and no observations to judge: %w", k.Path, missing)
	}
	return missing
}

// judgeSection judges one run of a file by the flags it was made with.
func judgeSection(c console, places *regions.Map, reader *loadgen.Reader) (check.Ruling, error) {
	header := reader.Header()
	if len(header.Args) == 0 || header.Args[0] != "run" {
		return "", badUsage(fmt.Errorf("read observations: the header's arguments %q are not a run's", header.Args))
	}
	e, err := recordedLine(places, header.Args[1:])
	if err != nil {
		return "", badUsage(fmt.Errorf("read observations: the header's arguments: %w", err))
	}
	laws, err := e.laws()
	if err != nil {
		return "", badUsage(err)
	}
	court := check.Open(laws)
	answers := e.answers()
	count, err := reader.EachOfRun(func(o *loadgen.Observation) {
		court.Hear(o)
		answers.Add(o)
	})
	if err != nil {
		return "", badUsage(err)
	}
	fmt.Fprintf(c.stdout, "%s: %d observations\n", e.name(), count)
	worst := check.OK
	for _, v := range court.Verdicts() {
		fmt.Fprintln(c.stdout, "  "+v.String())
		worst = worse(worst, v.Ruling)
	}
	if void := answers.Void(); void != "" {
		fmt.Fprintln(c.stdout, "  void: "+void)
		worst = worse(worst, check.Unknown)
	}
	if worst == check.Violated {
		fmt.Fprintf(c.stdout, "  again: durabench %s\n", shellWords(header.Args))
	}
	return worst, nil
}

// shellWords are arguments as one types them into a shell.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = a; a == "" || strings.ContainsAny(a, " |'\"$&;()<>*?") {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// worse is the ruling that decides: a violation happened, whatever else is unknown.
func worse(a, b check.Ruling) check.Ruling {
	rank := map[check.Ruling]int{check.OK: 0, check.Unknown: 1, check.Violated: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
