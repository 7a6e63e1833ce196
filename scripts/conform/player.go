package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// stepPatience bounds one step: both systems give up on anything after 30 s.
const stepPatience = 45 * time.Second

// stage is a system as a scenario sees it.
type stage interface {
	// Address is host:port; a restart may change it.
	Address() string
	Restart(context.Context) error
}

// player plays one scenario on one system, and writes down what it answers.
type player struct {
	stage   stage
	prefix  string // of the names of its objects: no two plays share one
	client  *http.Client
	sockets map[string]*socket
	jobs    map[string]*job
	objects map[string]bool
}

// job is a program under way.
type job struct {
	done   chan struct{}
	answer string
}

// play returns one line per step, and at the end the storage of every object that was used.
func play(ctx context.Context, s scenario, on stage, nonce string) []string {
	p := &player{
		stage: on, prefix: s.Name + "-" + nonce + ".", client: &http.Client{CheckRedirect: keepRedirect},
		sockets: map[string]*socket{}, jobs: map[string]*job{}, objects: map[string]bool{},
	}
	defer p.leave()
	var said []string
	for _, step := range s.Steps {
		said = append(said, step.Text+"\t"+p.do(ctx, step))
	}
	return append(said, p.afterwards(ctx)...)
}

func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// leave waits for everything that was begun.
func (p *player) leave() {
	for _, s := range p.sockets {
		s.end()
	}
	for _, j := range p.jobs {
		<-j.done
	}
	p.client.CloseIdleConnections()
}

func (p *player) do(ctx context.Context, s step) string {
	ctx, cancel := context.WithTimeout(ctx, stepPatience+s.Wait)
	defer cancel()
	answer, err := p.try(ctx, s)
	if err != nil {
		return "failed: " + strings.ReplaceAll(err.Error(), p.stage.Address(), "ADDRESS")
	}
	return normal(strings.ReplaceAll(answer, p.prefix, ""))
}

func (p *player) try(ctx context.Context, s step) (string, error) {
	switch s.Verb {
	case "run":
		return p.run(ctx, s.Who, s.Program)
	case "start":
		p.start(ctx, s)
		return "", nil
	case "join":
		j, ok := p.jobs[s.Who]
		if !ok {
			return "", fmt.Errorf("no job %q", s.Who)
		}
		<-j.done
		return j.answer, nil
	case "ask":
		return p.request(ctx, s, p.path(s.Who)+s.Path)
	case "raw":
		return p.request(ctx, s, p.expand(s.Path))
	case "await":
		return p.await(ctx, s)
	case "idle":
		return "", pause(ctx, s.Wait)
	case "restart":
		return "", p.stage.Restart(ctx)
	case "write":
		return p.write(ctx, s)
	case "open":
		return p.open(ctx, s)
	}
	conn, ok := p.sockets[s.Who]
	if !ok {
		return "", fmt.Errorf("no socket %q", s.Who)
	}
	return conn.do(s)
}

// pause waits, or returns early when the run ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *player) path(name string) string {
	p.objects[name] = true
	return "/object/probe/" + url.PathEscape(p.prefix+name)
}

// expand puts the scenario's own names in place of {NAME}.
func (p *player) expand(path string) string {
	return strings.NewReplacer("{", url.PathEscape(p.prefix), "}", "").Replace(path)
}

func (p *player) run(ctx context.Context, name string, program []byte) (string, error) {
	s := step{Method: http.MethodPost, Body: string(program)}
	return p.request(ctx, s, p.path(name)+"/run")
}

// start goes on without the answer. The job's time is the play's, not the step's.
func (p *player) start(ctx context.Context, s step) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepPatience)
	j := &job{done: make(chan struct{})}
	p.jobs[s.Who] = j
	path := p.path(s.Of) + "/run"
	go func() {
		defer cancel()
		defer close(j.done)
		answer, err := p.request(ctx, step{Method: http.MethodPost, Body: string(s.Program)}, path)
		if err != nil {
			answer = "failed: " + err.Error()
		}
		j.answer = answer
	}()
}

// lookEvery is how often a list is looked at.
const lookEvery = 20 * time.Millisecond

// await looks until the list is as long as wanted. Each look is a turn of the object.
func (p *player) await(ctx context.Context, s step) (string, error) {
	program, err := json.Marshal([][]string{{s.Of}})
	if err != nil {
		return "", err
	}
	for {
		answer, err := p.run(ctx, s.Who, program)
		if err != nil {
			return "", err
		}
		var lists [1][]any
		_, body, _ := strings.Cut(answer, " [")
		if json.Unmarshal([]byte("["+body), &lists) == nil && len(lists[0]) >= s.Number {
			return answer, nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return "", fmt.Errorf("wait for %d %s, have %s: %w", s.Number, s.Of, answer, err)
		}
	}
}

// afterwards takes what the sockets still hold, then what the objects have stored.
func (p *player) afterwards(ctx context.Context) []string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(p.sockets)) {
		if p.sockets[name].probe && !p.sockets[name].over {
			last := step{Text: "afterwards: what " + name + " still gets", Verb: "tell", Who: name, Program: []byte(`[["closes"]]`)}
			said = append(said, last.Text+"\t"+p.do(ctx, last))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.objects)) {
		last := step{Text: "afterwards: storage of " + name, Verb: "run", Who: name, Program: []byte(`[["list"],["getAlarm"]]`)}
		said = append(said, last.Text+"\t"+p.do(ctx, last))
	}
	return said
}

// newNonce makes the names of one run its own, whatever an earlier run left in the stores.
func newNonce(now time.Time) string { return fmt.Sprintf("%x", now.UnixMilli()&0xffffff) }

// both plays a scenario on the two systems at the same time.
func both(ctx context.Context, s scenario, first, second stage, nonce string) (theirs, ours []string) {
	var wait sync.WaitGroup
	wait.Go(func() { theirs = play(ctx, s, first, nonce) })
	wait.Go(func() { ours = play(ctx, s, second, nonce) })
	wait.Wait()
	return theirs, ours
}

var errEnded = errors.New("the socket has ended")
