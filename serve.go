package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/classes/probe"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// serveCmd is the verb serve.
type serveCmd struct {
	Listen string        `help:"Address to listen on." default:"127.0.0.1:8787"`
	Region string        `help:"The place that this home stands for: an IATA code or a hint." default:"LHR"`
	Cores  int           `help:"Database sessions, each with a share of the objects." default:"1"`
	Limit  string        `help:"Rate limiter: tokens per time to fill the bucket." default:"100/1m"`
	TTL    time.Duration `help:"Session: how long one outlives its last access." name:"ttl" default:"30m"`

	AllowOrigin    []string `help:"Origin of web pages that may open WebSockets and send writes, such as https://example.com; repeat it for more." placeholder:"ORIGIN"`
	MaxConnections int      `help:"Connections at once; more of them wait." default:"65536"`
	Admin          string   `help:"Loopback address to show metrics and profiles on, such as 127.0.0.1:6060." placeholder:"ADDRESS"`
	Probe          bool     `help:"Serve the class probe too, which does whatever a request tells it." hidden:""`
	limitFlags     `embed:"" group:"limits of one object"`
	storageFlags
}

// Help is what `durabench serve --help` teaches.
func (serveCmd) Help() string {
	return `One edge and one home in this process, without injected delay. The routes:

  /counter/{increment,decrement,value,reset}?id=NAME
  /room/NAME/ws?userId=U    (WebSocket)
  /room/NAME/messages
  /check                    (bucket of the X-API-Key header, else of the client's address)
  /account/NAME             (POST {from, to, amount} moves money, GET tells the balances)
  /account/NAME/log         (the last hundred transfers)
  /session/NAME/create      (POST a JSON object)
  /session/NAME/get
  /session/NAME/invalidate  (DELETE)
  /doc/NAME/ws?userId=U     (WebSocket; &since=V goes on from a version)
  /doc/NAME/text
  /doc/NAME/changes?since=V
  /object/CLASS/NAME/…      (classes without a route of their own)
  /id/CLASS                 (POST: a unique ID; GET ?name=N: the ID of a name)
  /healthz

NAME may be id:HEX, the digits of an ID. The headers Object-Jurisdiction (eu, us,
fedramp, fedramp-high) and Object-Location-Hint (weur, enam …) choose the
namespace a name is of, and where an object comes to live on its first use.

Web pages may write, and open WebSockets, only if their origin is allowed; a page of
this server's own origin may write, too. Routes that write on GET stay as open as they are.

Every answer says in a Server-Timing header where its time went.`
}

// served is what the flags ask for.
type served struct {
	places  *regions.Map
	home    regions.ID
	classes []object.Class
	origins []refimpl.Origin
}

// Run serves until it is interrupted.
func (s serveCmd) Run(ctx context.Context, c console) (err error) {
	what, err := s.read()
	if err != nil {
		return err
	}
	var admin net.Listener
	if s.Admin != "" {
		if admin, err = listenAdmin(s.Admin); err != nil {
			return err
		}
		defer admin.Close()
	}
	listener, err := listenAt("listen", s.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	storage, err := s.open(ctx, func(step string) { fmt.Fprintln(c.stderr, step) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, storage.Close()) }()
	return s.serve(ctx, c, listener, admin, storage, what)
}

// listenAt listens where a flag says. An address that is none is the caller's to mend; one that is taken, the machine's.
func listenAt(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	err = fmt.Errorf("--%s %s: %w", flag, address, err)
	var malformed *net.AddrError
	var unknown *net.DNSError
	if errors.As(err, &malformed) || errors.As(err, &unknown) && unknown.IsNotFound {
		return nil, badUsage(err)
	}
	return nil, err
}

// read checks the flags.
func (s serveCmd) read() (what served, err error) {
	if what.places, err = regions.Load(); err != nil {
		return what, err
	}
	home, err := what.places.Home(s.Region)
	if err != nil {
		return what, badUsage(flagError("region", err))
	}
	what.home = home.ID
	limit, err := parseLimit(s.Limit)
	if err != nil {
		return what, badUsage(flagError("limit", err))
	}
	if err := errors.Join(s.limitFlags.check(), s.storageFlags.check()); err != nil {
		return what, err
	}
	for _, text := range s.AllowOrigin {
		origin, err := refimpl.ParseOrigin(text)
		if err != nil {
			return what, badUsage(flagError("allow-origin", err))
		}
		what.origins = append(what.origins, origin)
	}
	switch {
	case s.Cores < 1 || s.Cores > 64:
		return what, badUsage(fmt.Errorf("--cores %d: want 1 to 64", s.Cores))
	case s.TTL < time.Millisecond:
		return what, badUsage(fmt.Errorf("--ttl %s: want 1ms or more", s.TTL))
	case s.MaxConnections < 1 || s.MaxConnections > 1<<20:
		return what, badUsage(fmt.Errorf("--max-connections %d: want 1 to %d", s.MaxConnections, 1<<20))
	}
	what.classes = []object.Class{
		classes.Counter(), classes.Chat(), classes.Limiter(limit), classes.Account(classes.DefaultBank(), classes.Batched), classes.Session(s.TTL), classes.Document(),
	}
	if s.Probe {
		what.classes = append(what.classes, probe.Class())
	}
	return what, nil
}

func (s serveCmd) serve(ctx context.Context, c console, listener, admin net.Listener, storage *storage, what served) error {
	clock := refimpl.SystemClock()
	spaces := refimpl.NewNamespaces("durabench", what.classes)
	node, err := refimpl.StartNode(ctx, refimpl.NodeConfig{
		Name: "serve", Region: what.home, Store: storage.store, Classes: what.classes, Namespaces: spaces, Cores: s.Cores,
		Clock: clock, Seed: uint64(time.Now().UnixNano()), Log: newLog(c.stderr), Patience: 5 * time.Second,
		Limits: actor.Config{Limits: s.limits()}, StorageBytes: s.MaxStorage,
	})
	if err != nil {
		return err
	}
	directory, err := storage.OpenDirectory(ctx, (&net.Dialer{}).DialContext)
	if err != nil {
		return errors.Join(err, stopNode(node))
	}
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: spaces, Directory: directory, Clock: time.Now, Map: what.places, Origins: what.origins,
		Homes: map[regions.ID]refimpl.Home{what.home: node},
		Place: func(refimpl.Ask) (regions.ID, error) { return what.home, nil },
	})
	node.Reach(edge)
	server := refimpl.NewEdgeServer(edge)
	fmt.Fprintf(c.stderr, "serving home %s on http://%s (Postgres from %s)\n", what.home, listener.Addr(), storage.server.Source)
	for _, f := range storage.facts() {
		fmt.Fprintf(c.stderr, "  %s = %s\n", f.Key, f.Value)
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(refimpl.Guard(listener, s.MaxConnections)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	if admin != nil {
		fmt.Fprintf(c.stderr, "metrics and profiles on http://%s\n", admin.Addr())
		group.Go(func() error { return serveAdmin(running, admin, adminHandler(node.Collector())) })
	}
	<-running.Done() // interrupted, or a server fell over
	fmt.Fprintln(c.stderr, "stopping")
	return errors.Join(stopServer(server), group.Wait(), stopNode(node), directory.Close())
}

func stopServer(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return server.Shutdown(ctx)
}

func stopNode(node *refimpl.Node) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return node.Stop(ctx)
}
