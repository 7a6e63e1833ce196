package launch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// askVersion connects once and returns the server's version, such as "17.2".
func askVersion(ctx context.Context, dsn string) (string, error) {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return "", err // pgconn leaves the password out
	}
	version := conn.ParameterStatus("server_version")
	return version, conn.Close(ctx)
}

// askUntil repeats askVersion until the server answers, ends, or ctx does.
func askUntil(ctx context.Context, dsn string, ended <-chan struct{}) (string, error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		version, err := askVersion(ctx, dsn)
		if err == nil {
			return version, nil
		}
		select {
		case <-ended:
			return "", errors.New("the server ended as it started")
		case <-ctx.Done():
			return "", fmt.Errorf("the server does not answer: %w", err)
		case <-again.C:
		}
	}
}
