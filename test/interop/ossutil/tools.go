//go:build tools

// Package tools names the program so that the module graph, which go.sum pins, has what it is built from.
package tools

import _ "github.com/aliyun/ossutil"
