package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/refimpl/store/postgres/launch"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/sim/live"
)

// storageFlags say where objects are kept.
type storageFlags struct {
	Postgres string `help:"A postgres:// URL, or where to get one: auto (DATABASE_URL, else binaries on this machine, else Docker, else npm), local, docker, npm." default:"auto" placeholder:"WHERE" group:"storage"`
	Image    string `help:"Docker image of Postgres." placeholder:"IMAGE" group:"storage"`
}

// storage is one Postgres, for all homes.
type storage struct {
	server *launch.Server
	store  *postgres.Store
}

// check tells malformed flags from servers that cannot be had, before anything begins.
func (f storageFlags) check() error {
	return badUsage(flagError("postgres", launch.Spec{From: f.Postgres}.Check()))
}

func (f storageFlags) open(ctx context.Context, say func(string)) (*storage, error) {
	server, err := launch.Launch(ctx, launch.Spec{From: f.Postgres, Image: f.Image, Say: say})
	if err != nil {
		return nil, fmt.Errorf("get a Postgres: %w", err)
	}
	s, err := postgres.Open(ctx, server.DSN, postgres.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), server.Stop())
	}
	return &storage{server: server, store: s}, nil
}

// Store is part of live.Storage.
func (s *storage) Store(regions.ID) store.Store { return s.store }

// OpenDirectory is part of live.Storage.
func (s *storage) OpenDirectory(ctx context.Context, dial live.Dial) (store.Directory, error) {
	return postgres.OpenDirectory(ctx, s.server.DSN, postgres.Config{Dial: pgconn.DialFunc(dial)})
}

func (s *storage) Close() error { return errors.Join(s.store.Close(), s.server.Stop()) }

// durability are the settings that decide whether what was acknowledged is safe.
var durability = []string{"fsync", "synchronous_commit", "full_page_writes", "wal_sync_method"}

// facts are the conditions that durability and speed depend on.
func (s *storage) facts() reports.Conditions {
	c := reports.Conditions{}.With("Postgres", s.server.Source)
	all := s.store.Facts()
	maps.Copy(all, s.server.Facts)
	for _, name := range durability {
		c = c.With(name, all[name])
		delete(all, name)
	}
	c = c.With("ownership", all["fence"])
	delete(all, "fence")
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			rest = append(rest, name+" "+all[name])
		}
	}
	return c.With("other settings", strings.Join(rest, ", "))
}
