package deepseek.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import deepseek.DeepseekException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows of the modules and the habits that a compiler can't. */
class ArchitectureTest {
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("deepseek");

  /** Each module with those that it may use, besides itself and what all share in deepseek. */
  private static final Map<String, String> ARROWS =
      Map.ofEntries(
          Map.entry("kernel", ""),
          Map.entry("devices", "kernel"),
          Map.entry("files", ""),
          Map.entry("hub", "files"),
          Map.entry("text", "files kernel"),
          Map.entry("compute", "kernel"),
          Map.entry("store", "files compute"),
          Map.entry("nn", "compute kernel"),
          Map.entry("models", "nn store text hub files compute"),
          Map.entry("serve", "models text hub files compute"),
          Map.entry("langchain4j", "models text"),
          Map.entry("springai", "models text"),
          Map.entry("bench", "models nn store text hub files compute kernel"),
          Map.entry("cli", "models nn store text hub files compute devices kernel bench serve"));

  static Set<String> modules() {
    return ARROWS.keySet();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void moduleUsesOnlyWhatItsArrowsPointAt(String module) {
    classes()
        .that()
        .resideInAPackage("deepseek." + module + "..")
        .should()
        .onlyDependOnClassesThat(
            JavaClass.Predicates.resideOutsideOfPackage("deepseek..")
                .or(JavaClass.Predicates.resideInAPackage("deepseek"))
                .or(inModules(Stream.of((module + " " + ARROWS.get(module)).split(" ")))))
        .check(CODE);
  }

  @Test
  void everyClassBelongsToAModuleWithArrows() {
    classes()
        .should(
            ArchConditions.be(
                JavaClass.Predicates.resideInAPackage("deepseek")
                    .or(inModules(ARROWS.keySet().stream()))))
        .check(CODE);
  }

  private static DescribedPredicate<JavaClass> inModules(Stream<String> names) {
    return JavaClass.Predicates.resideInAnyPackage(
        names.map(name -> "deepseek." + name + "..").toArray(String[]::new));
  }

  @Test
  void libtorchIsSeenByComputeInternalOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("deepseek.compute.internal..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(CODE);
    noClasses()
        .that()
        .resideOutsideOfPackage("deepseek.compute..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("deepseek.compute.internal..")
        .check(CODE);
  }

  @Test
  void vulkanIsSeenByTheDevicesRuntimeOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("deepseek.devices.runtime..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.lwjgl..")
        .check(CODE);
  }

  /** A JVM without that module must never load a class that needs it. */
  @Test
  void theVectorApiIsSeenByItsProductOnly() {
    noClasses()
        .that()
        .haveNameNotMatching("deepseek\\.kernel\\.cpu\\.VectorProduct.*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(CODE);
  }

  @ParameterizedTest
  @CsvSource({
    "kernel.runtime,  kernel.runtime",
    "devices.ir,      devices.ir",
    "devices.lower,   devices.lower devices.ir",
    "devices.render,  devices.render devices.lower devices.ir",
    "devices.ops,     devices.ops devices.ir",
    "devices.runtime, devices.runtime devices.render devices.ir kernel.runtime",
  })
  void kernelsGoFromDescriptionToDevice(String layer, String allowed) {
    String[] packages =
        Stream.of(allowed.split(" ")).map(name -> "deepseek." + name + "..").toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage("deepseek." + layer + "..")
        .should()
        .onlyDependOnClassesThat(
            JavaClass.Predicates.resideOutsideOfPackages("deepseek.kernel..", "deepseek.devices..")
                .or(JavaClass.Predicates.resideInAPackage("deepseek.kernel"))
                .or(JavaClass.Predicates.resideInAnyPackage(packages)))
        .check(CODE);
  }

  @Test
  void onlyTheConsolesOfProgramsPrint() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Console.class.getName())
        .and()
        .doNotHaveFullyQualifiedName("deepseek.bench.Setup")
        .should(ACCESS_STANDARD_STREAMS)
        .check(CODE);
  }

  @Test
  void namesSayWhatAClassIs() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveNameMatching(".*(Utils?|Manager|Helper|Base)")
        .orShould()
        .haveNameMatching(".*[.$]Abstract[A-Z]\\w*")
        .check(CODE);
  }

  @Test
  void everyModuleThrowsItsOwnException() {
    DescribedPredicate<JavaClass> exceptions =
        JavaClass.Predicates.assignableTo(RuntimeException.class);
    classes()
        .that(exceptions)
        .and()
        .arePublic()
        .should()
        .beAssignableTo(DeepseekException.class)
        .check(CODE);
  }

  @Test
  void everyPackageSaysWhatItIs() throws IOException {
    List<Path> silent = new ArrayList<>();
    try (Stream<Path> modules = Files.list(Path.of("..").toRealPath())) {
      for (Path sources : modules.map(m -> m.resolve("src/main/java")).toList()) {
        if (Files.isDirectory(sources)) {
          silent.addAll(packagesWithoutInfo(sources));
        }
      }
    }
    assertThat(silent).isEmpty();
  }

  private static List<Path> packagesWithoutInfo(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(Path::getParent)
          .distinct()
          .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
          .toList();
    }
  }
}
