import com.google.firebase.rules.lang.CompileResult;
import com.google.firebase.rules.lang.FirebaseRulesProtoCompiler;
import com.google.firebase.rules.runtime.evaluators.AuthRuleEvaluator.RuleContext;
import com.google.firebase.rules.runtime.impl.DefaultEvaluator;
import com.google.firebase.rules.runtime.v1.ExpressionValue;
import com.google.firebase.rules.v1.File;
import com.google.firebase.rules.v1.Source;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Evaluates security rules by Google's own code, which is part of its Firestore emulator.
 *
 * <p>The argument is the file with the rules. Each line of the input is a request in JSON: service, method, path, and
 * variables, each as an ExpressionValue. Each line of the output answers one: true, false, or why it was an error, which
 * Firebase counts as false. If the rules cannot be compiled, it says why and ends with 1.
 */
public final class EvaluateRules {
  public static void main(String[] arguments) throws Exception {
    String text = Files.readString(Path.of(arguments[0]));
    File file = File.newBuilder().setName("rules").setContent(text).build();
    CompileResult compiled =
        FirebaseRulesProtoCompiler.createStandalone().compile(Source.newBuilder().addFiles(file).build());
    // Warnings count too: of an unused function, or of a name that does not exist.
    if (!compiled.getIssues().isEmpty()) {
      System.err.println(compiled.getIssues());
      System.exit(1);
    }
    DefaultEvaluator evaluator = new DefaultEvaluator(compiled.getRulesetAst());
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      System.out.println(evaluate(evaluator, JsonParser.parseString(line).getAsJsonObject()));
    }
  }

  private static String evaluate(DefaultEvaluator evaluator, JsonObject request) throws Exception {
    RuleContext.Builder context =
        RuleContext.builder()
            .service(request.get("service").getAsString())
            .method(request.get("method").getAsString())
            .path(request.get("path").getAsString());
    for (Map.Entry<String, JsonElement> each : request.getAsJsonObject("variables").entrySet()) {
      ExpressionValue.Builder value = ExpressionValue.newBuilder();
      JsonFormat.parser().merge(each.getValue().toString(), value);
      context.supplyVariable(each.getKey(), value.build());
    }
    try {
      return String.valueOf(evaluator.evaluate(context.build()).get().permit());
    } catch (ExecutionException error) {
      return "error: " + String.valueOf(error.getCause()).replace('\n', ' ');
    }
  }
}
