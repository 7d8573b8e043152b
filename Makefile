# Everything is done by airq/make.py with the standard library alone, so that `python -m airq.make TARGET` does the
# same where there is no make; this file finds a Python for it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
TARGETS := help setup report whatif test lint lab docs wheelhouse lock clean
.PHONY: $(TARGETS)
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP VIRTUAL_ENV
ARGS :=

# make PYTHON=... names the interpreter; PYTHON in the shell is only tried.
ifeq ($(origin PYTHON),command line)
export PYTHON
candidates := "$$PYTHON"
option := --this-python
else
candidates := .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 "$$PYTHON" python
option :=
endif

$(TARGETS):
	@for python in $(candidates); do \
	  if "$$python" -E -s -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    exec "$$python" -E -s -m airq.make $(option) $@ $(ARGS); \
	  fi; \
	done; \
	echo "airq: found no Python 3.11 or newer; install one, or name it: make $@ PYTHON=/path/to/python" >&2; \
	exit 2
