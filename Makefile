# yibao: one target per habit.  `make run` and `make test` need Python 3.11 or later, nothing else.
.DEFAULT_GOAL := help
.PHONY: help run demo store-fixture test verify simulate visits kills doors fragile check lint format bench docs lock wheel clean base dev

BIN := .venv/bin
# Jobs of the tests; one per core unless told.
JOBS ?= auto
DEMO ?= examples/household.yaml

help: ## 列出全部目标
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

run: base ## 建好环境，启动服务：网页、数据接口、沙箱网关；打印地址、测试人员、机构、密钥
	@$(BIN)/yibao serve $(SERVE)

demo: base ## 太原一家三口的一年：缴费、待遇、结算单、全年合计
	@$(BIN)/yibao run $(DEMO) --explain

test: check ## 检查，再跑全部测试（小样本）
	@sh tools/debian.sh
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

verify: check ## 检查，再跑全部测试（大样本），写出 docs/verify/日期.md
	@sh tools/debian.sh
	@sh tools/engines.sh
	$(BIN)/python tools/verify_report.py --jobs $(JOBS)

check: lint ## 格式、类型、分层约定、代码中无地方数字、政策包
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/check_source.py
	$(BIN)/yibao policy lint

lint: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: dev ## 改写格式
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

simulate: dev ## 随机操作一个库并核对不变量，分段，可以接着跑：SEED=1 STEPS=400（这个种子一共）；WHAT=agency 是经办的各个房间
	$(BIN)/python -m tests.simulator.pieces --seed $(or $(SEED),1) --steps $(or $(STEPS),400) --what $(or $(WHAT),visits)

visits: dev ## 随机就诊，所有政策包、所有年份，逐次计算与编译的比到分，分段，可以接着跑：COUNT=50000
	$(BIN)/python -m tests.columns.pieces --seed $(or $(SEED),1) --count $(or $(COUNT),50000)

doors: dev ## 每个操作、每种角色、别人的东西走一遍接口、网页、网关：没有授权的一律拒绝，没有留下任何东西
	$(BIN)/python -m tests.doors

kills: dev ## 随机杀死正在结算的进程，核对答复过的一笔不少，分段，可以接着跑：COUNT=20
	$(BIN)/python -m tests.simulator.kills --seed $(or $(SEED),1) --kills $(or $(COUNT),20)

fragile: dev ## 易受时间与先后影响的测试，在忙着的机器上各跑 N=20 次：ONLY=crashes 只跑一种
	$(BIN)/python tools/fragile.py --times $(or $(N),20) $(ONLY)

bench: dev ## 测量速度，写出 docs/benchmarks/*.md：make bench ONLY=store 只测一个，QUICK=1 两分钟和上次比
	$(BIN)/python $(if $(QUICK),benchmarks/quick.py,benchmarks/run.py $(ONLY))

store-fixture: dev ## 发布前：留下一个本版本写的库，供以后的版本核对（tests/care/stores）
	$(BIN)/python tools/store_fixture.py

docs: dev ## 重新生成文档中展示的输出
	$(BIN)/python tools/render_docs.py
	$(BIN)/python tools/render_api.py
	$(BIN)/python tools/render_samples.py
	$(BIN)/python tools/render_pictures.py

lock: ## 按 pyproject.toml 重写两个锁文件（需要 uv）
	sh tools/lock.sh

wheel: dev ## 打包到 dist/
	$(BIN)/python -m hatchling build -t wheel

clean: ## 删除环境、缓存和打包结果
	rm -rf .venv .engines dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

base:
	@sh tools/environment.sh base

dev:
	@sh tools/environment.sh dev
