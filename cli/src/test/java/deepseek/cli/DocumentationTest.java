package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every public type and method of the modules that others build on has a comment. Overriding
 * methods inherit theirs; a package called internal is not to be used from outside.
 */
class DocumentationTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel",
        "devices",
        "files",
        "hub",
        "text",
        "compute",
        "store",
        "nn",
        "models",
        "serve",
        "langchain4j",
        "spring-ai"
      })
  void everyPublicTypeAndMethodHasAComment(String module) throws IOException {
    assertThat(uncommented(Path.of("..", module, "src", "main", "java")))
        .as("public types and methods of %s without a comment", module)
        .isEmpty();
  }

  private static List<String> uncommented(Path sources) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(sources)) {
      files =
          all.filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.toString().contains("/internal/"))
              .sorted()
              .toList();
    }
    var compiler = ToolProvider.getSystemJavaCompiler();
    List<String> missing = new ArrayList<>();
    try (var manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  problem -> {},
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      DocTrees comments = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        new PublicMembers(unit, comments, missing).scan(unit, null);
      }
    }
    return missing;
  }

  /** Collects what is public, in public types only, and has no comment. */
  private static final class PublicMembers extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final DocTrees comments;
    private final List<String> missing;

    PublicMembers(CompilationUnitTree unit, DocTrees comments, List<String> missing) {
      this.unit = unit;
      this.comments = comments;
      this.missing = missing;
    }

    @Override
    public Void visitClass(ClassTree type, Void unused) {
      if (isPublic(type.getModifiers().getFlags())) {
        note(type.getSimpleName());
        for (Tree member : type.getMembers()) {
          scan(member, null);
        }
      }
      return null;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      boolean overrides =
          method.getModifiers().getAnnotations().stream()
              .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
      // What the constructor of a record takes, the record's comment says.
      boolean ofRecord =
          getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD
              && method.getReturnType() == null;
      if (isPublic(method.getModifiers().getFlags()) && !overrides && !ofRecord) {
        note(method.getName());
      }
      return null;
    }

    /** Members of an interface are public without the word. */
    private boolean isPublic(Iterable<Modifier> flags) {
      for (Modifier flag : flags) {
        if (flag == Modifier.PUBLIC) {
          return true;
        }
        if (flag == Modifier.PRIVATE) {
          return false;
        }
      }
      TreePath parent = getCurrentPath().getParentPath();
      return parent != null && parent.getLeaf().getKind() == Tree.Kind.INTERFACE;
    }

    private void note(CharSequence name) {
      if (comments.getDocComment(getCurrentPath()) == null) {
        long at = comments.getSourcePositions().getStartPosition(unit, getCurrentPath().getLeaf());
        missing.add(
            Path.of(unit.getSourceFile().toUri()).getFileName()
                + ":"
                + unit.getLineMap().getLineNumber(at)
                + " "
                + name);
      }
    }
  }
}
