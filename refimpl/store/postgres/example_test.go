package postgres_test

import (
	"context"
	"fmt"
	"log"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/refimpl/store/postgres/launch"
)

// A node owns an object's slot, and what it commits is durable.
func Example() {
	ctx := context.Background()
	server, err := launch.Launch(ctx, launch.Spec{Say: func(s string) { fmt.Println(s) }})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = server.Stop() }()
	engine, err := postgres.Open(ctx, server.DSN, postgres.Config{})
	if err != nil {
		log.Fatal(err)
	}
	session, err := engine.Open(ctx, store.Owner{Region: "weur", Node: "node-1"})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = session.Close() }()

	id := object.NewNamespace("counter", "a secret").IDFromName("visits")
	leases, err := session.Acquire(ctx, []store.Slot{store.SlotOf(id, engine.Slots())})
	if err != nil {
		log.Fatal(err)
	}
	value, err := object.EncodeJSON(42)
	if err != nil {
		log.Fatal(err)
	}
	err = session.Commit(ctx, &store.Batch{
		Leases: leases,
		Writes: []store.Write{{Object: id, Key: "value", Value: value}},
	})
	fmt.Println("durable:", err == nil)
}
