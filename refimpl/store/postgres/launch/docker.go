package launch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	pingPatience   = 5 * time.Second
	reaperPatience = 20 * time.Second // to pull a small image
	imagePatience  = 5 * time.Minute  // to pull Postgres and start it
)

// fromDocker runs the image of spec in a container that is removed by Stop.
func fromDocker(ctx context.Context, spec Spec) (server *Server, err error) {
	// The library below panics where it finds no engine.
	defer func() {
		if cause := recover(); cause != nil {
			server, err = nil, fmt.Errorf("no Docker engine answers: %v", cause)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, imagePatience)
	defer cancel()
	if err := pingEngine(ctx, spec); err != nil {
		return nil, err
	}
	log.SetDefault(silence{}) // its banner would break a progress line
	spec.Say("starting Postgres in Docker from the image " + spec.Image)
	box, err := newBox(spec)
	if err != nil {
		return nil, err
	}
	running, err := postgres.Run(ctx, spec.Image, box.options()...)
	remove := func() error {
		if running == nil {
			return nil
		}
		return testcontainers.TerminateContainer(running, testcontainers.StopTimeout(stopPatience))
	}
	if err == nil {
		server, err = box.answer(ctx, running)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run the image %s: %w", spec.Image, err), remove())
	}
	server.stop = remove
	return server, nil
}

// pingEngine asks for the engine before the library does, whose words for its
// absence fill a screen, and decides whether it can have its reaper: a container
// that removes others after their maker was killed, and has to be pulled.
func pingEngine(ctx context.Context, spec Spec) error {
	provider, err := client.New(client.FromEnv)
	if err != nil {
		return fmt.Errorf("find the Docker engine: %w", err)
	}
	defer func() { _ = provider.Close() }()
	ping, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	if _, err := provider.Ping(ping, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return fmt.Errorf("no Docker engine answers: %w", err)
	}
	//lint:ignore SA1019 nothing else tells which image the library will ask for
	reaper := testcontainers.ReaperDefaultImage
	if spec.Getenv(reaperOff) != "" || havePulled(ctx, provider, reaper) {
		return nil
	}
	spec.Say("no image of the container reaper to be had: a container may outlive us if we are killed")
	// The library reads this from the environment, once, and takes no option.
	return os.Setenv(reaperOff, "true")
}

const reaperOff = "TESTCONTAINERS_RYUK_DISABLED"

func havePulled(ctx context.Context, engine *client.Client, image string) bool {
	ctx, cancel := context.WithTimeout(ctx, reaperPatience)
	defer cancel()
	if _, err := engine.ImageInspect(ctx, image); err == nil {
		return true
	}
	pull, err := engine.ImagePull(ctx, image, client.ImagePullOptions{})
	return err == nil && pull.Wait(ctx) == nil
}

// box is how a container is to be run.
type box struct {
	image    string
	password string
	port     int // on the host's own network; 0: a port that is mapped
}

// newBox uses the host's network where there is no bridge, which the variable
// DURABENCH_DOCKER_NETWORK=host says.
func newBox(spec Spec) (*box, error) {
	b := &box{image: spec.Image, password: rand.Text()}
	if spec.Getenv("DURABENCH_DOCKER_NETWORK") != "host" {
		return b, nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	b.port = free.Addr().(*net.TCPAddr).Port
	return b, free.Close()
}

func (b *box) options() []testcontainers.ContainerCustomizer {
	// The whole command is given: the module's own turns fsync off.
	command := []string{"postgres"}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		command = append(command, "-c", name+"="+settings[name])
	}
	options := []testcontainers.ContainerCustomizer{
		postgres.WithUsername("durabench"),
		postgres.WithDatabase("durabench"),
		postgres.WithPassword(b.password),
		testcontainers.WithWaitStrategyAndDeadline(imagePatience,
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2)),
	}
	if b.port != 0 {
		command = append(command, "-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(b.port))
		options = append(options,
			testcontainers.WithHostConfigModifier(func(host *container.HostConfig) { host.NetworkMode = "host" }),
			testcontainers.CustomizeRequestOption(func(request *testcontainers.GenericContainerRequest) error {
				request.ExposedPorts = nil
				return nil
			}))
	}
	return append(options, testcontainers.WithCmd(command...))
}

// answer waits until the container's Postgres can be reached from here.
func (b *box) answer(ctx context.Context, running *postgres.PostgresContainer) (*Server, error) {
	endpoint := net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port))
	if b.port == 0 {
		var err error
		if endpoint, err = running.PortEndpoint(ctx, "5432/tcp", ""); err != nil {
			return nil, err
		}
	}
	dsn := (&url.URL{
		Scheme: "postgres", User: url.UserPassword("durabench", b.password), Host: endpoint, Path: "durabench",
		RawQuery: "sslmode=disable",
	}).String()
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	version, err := askUntil(ctx, dsn, nil)
	if err != nil {
		return nil, err
	}
	return &Server{
		DSN:    dsn,
		Source: "Postgres " + version + " in Docker from the image " + b.image,
		Facts:  facts(settings),
	}, nil
}

// silence is a logger for a library that speaks when nobody asked.
type silence struct{}

func (silence) Printf(string, ...any) {}
