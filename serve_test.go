package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestLogLinesHoldNoSecrets(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out)
	log.Warn("database", "cause", fmt.Errorf("connect: %w", errors.New("postgres://me:hunter2@db:5432/x?sslmode=disable failed")))
	log.Warn("database", "dsn", "host=db user=me password=hunter2 dbname=x", "other", "PASSWORD='hunter2 and more' x")
	log.Warn("control\ncharacters \x1b[31m", "long", strings.Repeat("é", 4000))
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("a password is in the log: %s", out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3", len(lines))
	}
	for _, line := range lines {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || len(line) > 2*logValueBytes || strings.Contains(line, "\x1b") {
			t.Errorf("line of %d bytes (%v): %.100q", len(line), err, line)
		}
	}
	if !strings.Contains(out.String(), "db:5432") || !strings.Contains(out.String(), "host=db user=me") {
		t.Errorf("more than the secrets is gone: %s", out.String())
	}
}

func TestAdminIsForThisMachineOnly(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true,
		"0.0.0.0:0": false, ":6060": false, "192.0.2.1:6060": false, "[::]:0": false, "example.com:6060": false, "6060": false,
	} {
		listener, err := listenAdmin(address)
		if (err == nil) != good {
			t.Errorf("--admin %s: %v, want good %v", address, err, good)
		}
		if err == nil {
			listener.Close()
		}
	}
}

func TestAdminAnswersLoopbackNamesOnly(t *testing.T) {
	listener, err := listenAdmin("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveAdmin(ctx, listener, adminHandler()) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, row := range []struct {
		path, host string
		status     int
	}{
		{"/healthz", "", 204},
		{"/debug/pprof/", "", 200},
		{"/metrics", "", 200},
		{"/debug/pprof/heap?debug=1", "localhost:6060", 200},
		{"/debug/pprof/", "rebound.example:6060", 403}, // a name that leads here
		{"/", "", 404},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = row.host
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != row.status {
			t.Errorf("%s as %q: %d %.60s, want %d", row.path, row.host, answer.StatusCode, body, row.status)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
