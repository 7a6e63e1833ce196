package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/durabench/durabench/regions"
)

//go:embed scripts/suites/*.txt
var suiteFiles embed.FS

// suiteCmd is the verb suite.
type suiteCmd struct {
	Suite string `arg:"" help:"A suite that comes with durabench (${suites}), or a file."`
	storageFlags
	profileFlags
	outputFlags
}

// Help is what `durabench suite --help` teaches.
func (suiteCmd) Help() string {
	return `A suite is a text file. Each line is the argument list of "durabench run";
# starts a comment:

  --name "hot counter" --class counter --objects 1 --rate 200/s --for 15s
  --name "four rooms" --class chat --objects 4 --members 24 --rate 20/s`
}

// Run carries it out.
func (s suiteCmd) Run(ctx context.Context, c console) error {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	name, text, err := readSuite(s.Suite)
	if err != nil {
		return badUsage(err)
	}
	experiments, err := parseSuite(places, s.Suite, text)
	if err != nil {
		return badUsage(err)
	}
	return c.bench(ctx, benchOrder{
		places: places, experiments: experiments, title: name, suite: name, args: append([]string{"suite"}, withoutPlace(c.args)...),
		storage: s.storageFlags, profile: s.profileFlags, output: s.outputFlags,
	})
}

func suiteNames() string {
	names, err := fs.Glob(suiteFiles, "scripts/suites/*.txt")
	if err != nil {
		panic("durabench: suites are embedded wrongly: " + err.Error())
	}
	for i := range names {
		names[i] = strings.TrimSuffix(path.Base(names[i]), ".txt")
	}
	return strings.Join(names, ", ")
}

// readSuite finds a suite by the name of one that is embedded, or by file.
func readSuite(name string) (title, text string, err error) {
	if data, err := suiteFiles.ReadFile("scripts/suites/" + name + ".txt"); err == nil {
		return name, string(data), nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		known := suiteNames()
		if near := regions.Spelling(name, strings.Split(known, ", ")); near != "" {
			return "", "", fmt.Errorf("suite %q: there is no such file; did you mean the suite %s?", name, near)
		}
		return "", "", fmt.Errorf("suite %q: there is no such file, and the suites that come with durabench are %s", name, known)
	}
	if err != nil {
		return "", "", fmt.Errorf("read suite: %w", err)
	}
	return strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), string(data), nil
}

// parseSuite reads all lines and reports every bad one, as file:line: reason.
func parseSuite(places *regions.Map, file, text string) ([]*experiment, error) {
	var experiments []*experiment
	var errs []error
	for i, line := range strings.Split(text, "\n") {
		args, err := splitLine(line)
		if err == nil && len(args) == 0 {
			continue
		}
		var e *experiment
		if err == nil {
			e, err = parseLine(places, args)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, i+1, err))
			continue
		}
		experiments = append(experiments, e)
	}
	if len(errs) == 0 && len(experiments) == 0 {
		return nil, fmt.Errorf("%s: there is no run in it", file)
	}
	return experiments, errors.Join(errs...)
}

// parseLine takes a line of today, in which each flag is to have an effect.
func parseLine(places *regions.Map, args []string) (*experiment, error) {
	e, given, err := readLine(places, args)
	if err == nil {
		err = given.refuse(e.idle())
	}
	return e, err
}

// recordedLine takes the arguments of an earlier run, whatever was in them in vain.
func recordedLine(places *regions.Map, args []string) (*experiment, error) {
	e, _, err := readLine(places, args)
	return e, err
}

func readLine(places *regions.Map, args []string) (*experiment, given, error) {
	var flags runFlags
	parser, err := kong.New(&flags, kong.Name("run"), kong.NoDefaultHelp(), kong.Vars{"classes": classNames(), "strategies": strategyForms()})
	if err != nil {
		panic("durabench: the flags of run are declared wrongly: " + err.Error())
	}
	args = joined(args)
	parsed, err := parser.Parse(args)
	if err != nil {
		return nil, nil, plainly(err)
	}
	e, err := flags.understand(places, append([]string{"run"}, args...))
	return e, givenIn(parsed), err
}

// splitLine splits a line at spaces outside quotes, up to a comment.
func splitLine(line string) ([]string, error) {
	var args []string
	var word strings.Builder
	var quote rune
	inWord := false
	end := func() {
		if inWord {
			args = append(args, word.String())
			word.Reset()
			inWord = false
		}
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\r':
			end()
		case r == '#' && !inWord:
			return args, nil
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	end()
	return args, nil
}
