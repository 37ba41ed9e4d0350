// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"vipward/conf"
)

// format is `vipward fmt`: the canonical layout on standard output, in the files (-w), or
// as a difference (-d), with exit code 1 where there is one.
func (c *toolCall) format() int {
	write := c.flags.Bool("w", false, "write the result into the files")
	diff := c.flags.Bool("d", false, "print the differences and exit with 1 if there are any")
	if code, ok := c.parse(0, -1); !ok {
		return code
	}
	if *write && (*diff || len(c.args) == 0) {
		c.flags.Usage()
		return exitFatal
	}
	code := exitOK
	for _, name := range c.filesOr("-") {
		differs, err := c.formatFile(name, *write, *diff)
		if err != nil {
			code = c.fail(err)
		}
		if differs && *diff {
			code = exitFatal
		}
	}
	return code
}

// formatFile lays out one file; - is standard input. It says whether anything changed.
func (c *toolCall) formatFile(name string, write, diff bool) (differs bool, err error) {
	text, err := c.readText(name)
	if err != nil {
		return false, err
	}
	result := conf.Format(text)
	switch {
	case diff:
		_, err = io.WriteString(c.stdout, lineDiff(name, text, result))
	case !write:
		_, err = io.WriteString(c.stdout, result)
	case result != text:
		err = replaceFile(name, result)
	}
	return result != text, err
}

func (c *toolCall) readText(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(c.stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}

// replaceFile gives a file new content in one step, with the mode and owner of the old
// one: a reload at the same moment reads the one or the other. Links are followed.
func replaceFile(name, text string) (err error) {
	name, err = filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".vipward-fmt-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, likeOld(f, info), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// likeOld gives f the owner and mode of another file.
func likeOld(f *os.File, info os.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(info.Mode().Perm())
}
