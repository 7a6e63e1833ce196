package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// scenario is one story that both systems are told.
type scenario struct {
	Group   string // the file it stands in
	Name    string
	Section string // of the specification
	Story   string
	// Differs is why the answers are meant to differ; Open is what is known to be
	// wrong and not yet mended. At most one is set, and then equal answers are a mistake.
	Differs, Open string
	Steps         []step
}

// step is one thing that is done to a system.
type step struct {
	Text    string // as it was written
	Verb    string
	Who     string // object, socket or job
	Of      string // start: the object; open: the object or a path; await: the list; write: the names
	Method  string
	Path    string
	Header  map[string]string
	Body    string
	Program []byte
	Key     string // of the limiter that counts the request; empty is none
	Number  int
	Wait    time.Duration
}

// restarts says whether a scenario stops the systems, which others would notice.
func (s scenario) restarts() bool {
	for _, step := range s.Steps {
		if step.Verb == "restart" {
			return true
		}
	}
	return false
}

var sleeps = regexp.MustCompile(`sleep (\d+)`)

// lasts is about how long the scenario waits for nothing to happen.
func (s scenario) lasts() time.Duration {
	var sum time.Duration
	for _, step := range s.Steps {
		sum += step.Wait
		for _, found := range sleeps.FindAllStringSubmatch(step.Text, -1) {
			if ms, err := strconv.Atoi(found[1]); err == nil {
				sum += time.Duration(ms) * time.Millisecond
			}
		}
	}
	return sum
}

// parseScenarios reads a file of scenarios:
//
//	== NAME §SECTION STORY
//	differs: REASON
//	STEP
//
// A line that begins with # is a comment. The steps are those of parseStep.
func parseScenarios(group string, text []byte) ([]scenario, error) {
	var all []scenario
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := parseLine(&all, group, line); err != nil {
			return nil, fmt.Errorf("%s.txt:%d: %w", group, number, err)
		}
	}
	return all, lines.Err()
}

func parseLine(all *[]scenario, group, line string) error {
	if header, ok := strings.CutPrefix(line, "== "); ok {
		name, rest, _ := strings.Cut(header, " §")
		section, story, found := strings.Cut(rest, " ")
		if !found {
			return fmt.Errorf("want == NAME §SECTION STORY, have %q", line)
		}
		*all = append(*all, scenario{Group: group, Name: name, Section: section, Story: story})
		return nil
	}
	if len(*all) == 0 {
		return errors.New("a step before the first scenario")
	}
	last := &(*all)[len(*all)-1]
	if reason, ok := strings.CutPrefix(line, "differs: "); ok {
		last.Differs = reason
		return nil
	}
	if reason, ok := strings.CutPrefix(line, "open: "); ok {
		last.Open = reason
		return nil
	}
	s, err := parseStep(line)
	if err != nil {
		return err
	}
	last.Steps = append(last.Steps, s)
	return nil
}

// parseStep reads a step:
//
//	run OBJECT: PROGRAM        send the program and wait for its results
//	start JOB OBJECT: PROGRAM  send it and go on; join JOB waits
//	ask OBJECT METHOD PATH [HEADERS [BODY]]   a request of any kind; raw METHOD PATH … to any route
//	raw METHOD PATH as KEY     counted by the limiter of that key
//	await OBJECT LIST N        until the list (runs, closes, said …) has N entries
//	open SOCKET OBJECT [QUERY | run: PROGRAM]   a WebSocket; of a PATH if OBJECT begins with /
//	tell SOCKET: PROGRAM       send the program and take all messages up to its results
//	send SOCKET TEXT, binary SOCKET BYTES, ping SOCKET TEXT
//	take SOCKET N              the next N messages
//	write PATH NAMES EDITS   the members named, with commas between, make so many edits each without waiting for each other
//	close SOCKET CODE REASON, drop SOCKET (no Close frame), closed SOCKET (wait for the end)
//	idle DURATION, restart
func parseStep(line string) (step, error) {
	verb, rest, _ := strings.Cut(line, " ")
	s := step{Text: line, Verb: verb}
	var err error
	switch verb {
	case "run", "tell", "start":
		err = s.readProgram(rest)
	case "ask", "raw":
		err = s.readRequest(rest)
	case "await":
		err = s.scan(rest, &s.Who, &s.Of, &s.Number)
	case "open":
		s.Who, rest, _ = strings.Cut(rest, " ")
		s.Of, s.Path, _ = strings.Cut(rest, " ")
		if program, ok := strings.CutPrefix(s.Path, "run:"); ok {
			s.Program, err = compile(program)
			s.Path = "run=" + url.QueryEscape(string(s.Program))
		}
	case "send", "ping":
		var text string
		s.Who, text, _ = strings.Cut(rest, " ")
		err = json.Unmarshal([]byte(text), &s.Body)
	case "binary":
		var text string
		var data []int
		s.Who, text, _ = strings.Cut(rest, " ")
		err = json.Unmarshal([]byte(text), &data)
		for _, n := range data {
			s.Program = append(s.Program, byte(n))
		}
	case "write":
		err = s.scan(rest, &s.Path, &s.Of, &s.Number)
	case "take":
		err = s.scan(rest, &s.Who, &s.Number)
	case "close":
		var reason string
		s.Who, rest, _ = strings.Cut(rest, " ")
		rest, reason, _ = strings.Cut(rest, " ")
		s.Body = reason
		s.Number, err = strconv.Atoi(rest)
	case "join", "drop", "closed":
		s.Who = rest
	case "idle":
		s.Wait, err = time.ParseDuration(rest)
	case "restart":
	default:
		return s, fmt.Errorf("unknown step %q", verb)
	}
	if err != nil {
		return s, fmt.Errorf("read step %q: %w", line, err)
	}
	return s, nil
}

func (s *step) scan(rest string, into ...any) error {
	_, err := fmt.Sscan(rest, into...)
	return err
}

func (s *step) readProgram(rest string) error {
	head, program, found := strings.Cut(rest, ":")
	if !found {
		return errors.New("want a colon before the program")
	}
	s.Who, s.Of, _ = strings.Cut(strings.TrimSpace(head), " ")
	var err error
	s.Program, err = compile(program)
	return err
}

func (s *step) readRequest(rest string) error {
	if s.Verb == "ask" {
		s.Who, rest, _ = strings.Cut(rest, " ")
	}
	s.Method, rest, _ = strings.Cut(rest, " ")
	s.Path, rest, _ = strings.Cut(rest, " ")
	if key, ok := strings.CutPrefix(rest, "as "); ok {
		s.Key = key
		return nil
	}
	values := json.NewDecoder(strings.NewReader(rest))
	if err := values.Decode(&s.Header); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := values.Decode(&s.Body); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
