# durabench. `make` lists the targets.
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bench: ## run the standard suite and write its report (two minutes)
	@scripts/needs.sh bench
	go run . suite standard

test: ## prove the project: vet, staticcheck, gofumpt, race and leak checks
	@scripts/needs.sh test
	go vet ./...
	go tool -modfile=scripts/tools/go.mod staticcheck ./...
	@unformatted=$$(go tool -modfile=scripts/tools/go.mod gofumpt -l .); \
		if [ -n "$$unformatted" ]; then echo "not formatted (gofumpt -w): $$unformatted"; exit 1; fi
	go test -race -short -timeout 20m ./...
	go test -timeout 20m -run 'Convicted|Judged|Seeds|Mutants|Classes|Readme|Idle|Faults' . ./refimpl ./sim/explore ./sim/virtual # in full

bench-peer: ## measure durabench beside Cloudflare's workerd (needs: npm install workerd)
	go run ./scripts/peer

conform: ## compare durabench with Cloudflare's workerd, scenario by scenario (needs: npm install workerd)
	go run ./scripts/conform

bench-go: ## the micro-benchmarks
	go test -run '^$$' -bench . ./...

.PHONY: help bench test bench-peer conform bench-go
